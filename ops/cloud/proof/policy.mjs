// What must hold for every resource of ops/cloud/aws, whatever its values: closed networks, encryption, narrow rights, a way back.
import { readFileSync } from 'node:fs';
import { here } from '../../build/proof.mjs';
import { label } from './hcl.mjs';

const DAY_MINUTES = 24 * 60;
const EVERYWHERE = ['0.0.0.0/0', '::/0'];
/** The only managed policies, since AWS writes them with wildcards. */
const MANAGED = ['AmazonSSMManagedInstanceCore', 'service-role/AWSBackupServiceRolePolicyForBackup', 'service-role/AWSBackupServiceRolePolicyForRestores'];

/** By type: arguments that must have this value, or any (true: set). */
const REQUIRED = {
  aws_db_instance: { storage_encrypted: [true], kms_key_id: 'set', publicly_accessible: [false], multi_az: [true], deletion_protection: [true], skip_final_snapshot: [false], manage_master_user_password: [true], master_user_secret_kms_key_id: 'set', performance_insights_kms_key_id: 'set', backup_retention_period: 'set' },
  aws_elasticache_replication_group: { at_rest_encryption_enabled: [true], transit_encryption_enabled: [true], kms_key_id: 'set', automatic_failover_enabled: [true], multi_az_enabled: [true] },
  aws_cloudwatch_log_group: { kms_key_id: 'set', retention_in_days: 'set' },
  aws_sns_topic: { kms_master_key_id: 'set' },
  aws_secretsmanager_secret: { kms_key_id: 'set' },
  aws_backup_vault: { kms_key_arn: 'set' },
  aws_kms_key: { enable_key_rotation: [true], deletion_window_in_days: 'set' },
  aws_lb: { drop_invalid_header_fields: [true], enable_deletion_protection: [true], access_logs: 'set' },
  aws_s3_bucket_public_access_block: { block_public_acls: [true], block_public_policy: [true], ignore_public_acls: [true], restrict_public_buckets: [true] },
};

export function violations(configuration) {
  const of = (type, kind = 'resource') => configuration.blocks.filter((block) => block.type === type && block.kind === kind);
  return [
    ...required(configuration.blocks),
    ...publicity(of),
    ...encryption(of),
    ...rights(of),
    ...serviceRoles(configuration),
    ...backups(of),
    ...alarms(configuration),
    ...secrets(configuration),
  ];
}

function* required(blocks) {
  for (const block of blocks) {
    for (const [name, values] of Object.entries(block.kind === 'resource' ? (REQUIRED[block.type] ?? {}) : {})) {
      const value = block.body[name];
      if (value === undefined || (values !== 'set' && !values.includes(value))) yield `${label(block)}: ${name} must be ${values === 'set' ? 'set' : values}, not ${value}`;
    }
  }
}

/** Nothing is public but the balancer. */
function* publicity(of) {
  for (const rule of of('aws_vpc_security_group_ingress_rule')) {
    const isOpen = EVERYWHERE.includes(rule.body.cidr_ipv4) || EVERYWHERE.includes(rule.body.cidr_ipv6);
    if (isOpen && rule.body.security_group_id !== '${aws_security_group.balancer.id}') yield `${label(rule)}: it is open to everybody`;
    if (isOpen && JSON.stringify(rule.body.for_each) !== '"${toset([\\"80\\", \\"443\\"])}"') yield `${label(rule)}: more than the ports 80 and 443 is open`;
    if (!isOpen && !rule.body.referenced_security_group_id) yield `${label(rule)}: it must name a security group`;
    if (rule.body.ip_protocol === '-1') yield `${label(rule)}: every protocol is open`;
  }
  for (const group of of('aws_security_group')) if (group.body.ingress || group.body.egress) yield `${label(group)}: rules are resources of their own`;
  for (const group of of('aws_default_security_group')) if (group.body.ingress || group.body.egress) yield `${label(group)}: the default group must have no rule`;
  for (const balancer of of('aws_lb')) {
    if (balancer.name !== 'main' && balancer.body.internal !== true) yield `${label(balancer)}: a second public balancer`;
    if (!(balancer.body.idle_timeout >= 60)) yield `${label(balancer)}: silent sockets are closed after ${balancer.body.idle_timeout} s`;
  }
  for (const subnet of of('aws_subnet')) if (subnet.body.map_public_ip_on_launch === true) yield `${label(subnet)}: machines get public addresses`;
  for (const table of of('aws_route_table')) {
    const gateways = (table.body.route ?? []).filter(({ gateway_id: gateway }) => gateway);
    if (gateways.length > 0 && table.name !== 'public') yield `${label(table)}: it leads to the Internet`;
    if (table.name === 'database' && table.body.route) yield `${label(table)}: the database has a way out`;
  }
  for (const template of of('aws_launch_template')) {
    const { network_interfaces: [network], metadata_options: [metadata] } = { network_interfaces: [{}], metadata_options: [{}], ...template.body };
    if (network.associate_public_ip_address !== false) yield `${label(template)}: machines must not have public addresses`;
    if (metadata.http_tokens !== 'required' || metadata.http_put_response_hop_limit !== 1) yield `${label(template)}: containers reach the machine's credentials`;
    if (template.body.key_name) yield `${label(template)}: no key for SSH`;
  }
  for (const type of ['aws_instance', 'aws_db_proxy', 'aws_s3_bucket_acl', 'aws_s3_bucket_website_configuration', 'aws_security_group_rule']) for (const block of of(type)) yield `${label(block)}: the policy does not know this type`;
}

function* encryption(of) {
  for (const template of of('aws_launch_template')) {
    for (const { ebs: [disk] } of template.body.block_device_mappings ?? []) if (disk.encrypted !== true || !disk.kms_key_id) yield `${label(template)}: a disk is not encrypted`;
  }
  for (const listener of of('aws_lb_listener')) {
    const [action] = listener.body.default_action;
    const isTls = listener.body.protocol === 'HTTPS' && /TLS13-1-2/.test(listener.body.ssl_policy);
    if (!isTls && !(action.type === 'redirect' && action.redirect[0].protocol === 'HTTPS')) yield `${label(listener)}: it answers without TLS 1.2 or newer`;
  }
  for (const group of of('aws_db_parameter_group')) {
    if (!group.body.parameter?.some(({ name, value }) => name === 'rds.force_ssl' && value === '1')) yield `${label(group)}: connections without TLS are accepted`;
  }
  for (const bucket of of('aws_s3_bucket')) {
    for (const type of ['aws_s3_bucket_server_side_encryption_configuration', 'aws_s3_bucket_policy', 'aws_s3_bucket_lifecycle_configuration']) {
      if (!of(type).some(({ body }) => body.bucket === `\${aws_s3_bucket.${bucket.name}.bucket}`)) yield `${label(bucket)}: it has no ${type}`;
    }
    if (!of('aws_s3_bucket_public_access_block').some(({ body }) => body.for_each === '${local.buckets}')) yield `${label(bucket)}: public access is not blocked`;
  }
}

function* rights(of) {
  for (const document of of('aws_iam_policy_document', 'data')) {
    for (const statement of [...(document.body.statement ?? []), ...(document.body.dynamic?.statement ?? []).flatMap(({ content }) => content)]) {
      const at = `${label(document)}, ${statement.sid ?? 'statement'}`;
      const isDenial = statement.effect === 'Deny';
      // A key's own policy: "*" is the key.
      const isKey = document.name === 'key';
      for (const action of statement.actions) if (action.includes('*') && !isDenial && !(isKey && statement.sid === 'Administration')) yield `${at}: the action ${action}`;
      for (const resource of statement.resources ?? []) if (resource === '*' && !isKey) yield `${at}: every resource`;
      for (const { type, identifiers } of statement.principals ?? []) {
        if (identifiers.includes('*') && !isDenial) yield `${at}: everybody`;
        if (type === 'Service' && isKey && !statement.condition) yield `${at}: a service without a condition`;
      }
    }
  }
  for (const attachment of of('aws_iam_role_policy_attachment')) {
    for (const [arn] of JSON.stringify(attachment.body).matchAll(/arn:aws:iam::aws:policy\/[\w/-]+/g)) if (!MANAGED.includes(arn.split(':policy/')[1])) yield `${label(attachment)}: ${arn}`;
  }
}

/** A role of a service exists once the account has used the service, or once it is declared. */
function* serviceRoles({ blocks }) {
  for (const block of blocks) if (JSON.stringify(block.body).includes('role/aws-service-role/')) yield `${label(block)}: a new account does not have the role of a service: declare it`;
}

/** AWS Backup starts no backup of a database within one of its windows, nor in the hour before. */
function* backups(of) {
  const rules = of('aws_backup_plan').flatMap(({ body }) => body.rule);
  for (const database of of('aws_db_instance')) {
    for (const window of ['backup_window', 'maintenance_window']) {
      const [begin, end] = [...database.body[window].matchAll(/(\d\d):(\d\d)/g)].map(([, hour, minute]) => Number(hour) * 60 + Number(minute));
      const sinceClosed = (minutes) => (minutes - (begin - 60) + 2 * DAY_MINUTES) % DAY_MINUTES;
      for (const { rule_name: rule, schedule } of rules) {
        const [, minute, hour] = /^cron\((\d+) (\d+) /.exec(schedule);
        if (sinceClosed(Number(hour) * 60 + Number(minute)) < sinceClosed(end)) yield `${label(database)}: the backup ${rule} cannot start at ${hour}:${minute}, because of ${window} ${database.body[window]}`;
      }
    }
  }
}

/** Every alarm names a section of the runbooks that exists. */
function* alarms({ locals }) {
  const sections = [...readFileSync(here('docs/runbooks.md'), 'utf8').matchAll(/^## (\w+)$/gm)].map(([, title]) => title.toLowerCase());
  for (const [name, { text, statistic, threshold }] of Object.entries(locals.alarms ?? {})) {
    const anchor = /docs\/runbooks\.md#(\w+)$/.exec(text)?.[1];
    if (!sections.includes(anchor)) yield `local.alarms.${name}: there is no runbook ${anchor}`;
    if (!statistic || threshold === undefined) yield `local.alarms.${name}: it has no threshold`;
  }
  if (Object.keys(locals.alarms ?? {}).length < 6) yield 'local.alarms: some are missing';
}

/** No value of a secret is in the configuration, and so none is in the state. */
function* secrets({ blocks, variables, outputs }) {
  for (const { type, name } of blocks) if (['aws_secretsmanager_secret_version', 'random_password', 'tls_private_key'].includes(type)) yield `${type}.${name}: its value would be in the state`;
  for (const [name, [body]] of Object.entries(variables)) {
    if (!body.description || !body.type) yield `var.${name}: it needs a description and a type`;
    if (/password|secret|token|_key$/.test(name)) yield `var.${name}: secrets do not come from variables`;
  }
  for (const [name, [body]] of Object.entries(outputs)) if (!body.description) yield `output.${name}: it needs a description`;
}
