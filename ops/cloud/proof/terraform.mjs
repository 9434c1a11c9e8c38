#!/usr/bin/env node
// Proves what can be proven of ops/cloud/aws without an account and without the provider: formatted; every argument, block and
// attribute exists in the provider's schema; every reference is resolved and every declaration used; the policy holds; the variables'
// conditions and the first start of a machine are evaluated by Terraform itself; planted errors are found.
//
//   node ops/cloud/proof/terraform.mjs     needs terraform 1.11 or newer and the packages of this folder
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, here, outcomeOf, prove, run, temporary } from '../../build/proof.mjs';
import { label, load, misfits, resolve } from './hcl.mjs';
import { violations } from './policy.mjs';

const directory = temporary('terraform');
const shipped = here('ops/cloud/aws');

async function findings(path) {
  const configuration = await load(path);
  const { unresolved, used } = await resolve(configuration);
  const declared = [...Object.keys(configuration.variables).map((name) => `var.${name}`), ...Object.keys(configuration.locals).map((name) => `local.${name}`), ...configuration.blocks.filter(({ kind }) => kind === 'data').map(label)];
  return { configuration, found: [...configuration.blocks.flatMap(misfits), ...unresolved, ...declared.filter((name) => !used.has(name)).map((name) => `${name} is not used`), ...violations(configuration)] };
}

/** A file, what is changed in it, and what is found. */
const DAMAGES = [
  ['database.tf', 'storage_encrypted     = true', 'storage_encrypted     = false', 'storage_encrypted must be true'],
  ['database.tf', 'publicly_accessible    = false', 'publicly_accessible    = true', 'publicly_accessible must be false'],
  ['database.tf', 'name  = "rds.force_ssl"', 'name  = "rds.forced_ssl"', 'connections without TLS are accepted'],
  ['database.tf', 'instance_class = var.database_type', 'instance_type = var.database_type', 'there is no argument instance_type'],
  ['database.tf', 'instance_class = var.database_type', '', 'instance_class is missing'],
  ['database.tf', 'var.database_gibibytes * 4', 'var.database_gigabytes * 4', 'var.database_gigabytes is not declared'],
  ['servers.tf', 'encrypted             = true', 'encrypted             = false', 'a disk is not encrypted'],
  ['servers.tf', 'http_tokens                 = "required"', 'http_tokens                 = "optional"', "reach the machine's credentials"],
  ['servers.tf', 'associate_public_ip_address = false', 'associate_public_ip_address = true', 'must not have public addresses'],
  ['servers.tf', 'aws_db_instance.main.address', 'aws_db_instance.main.host', 'has no attribute host'],
  ['servers.tf', 'monitoring {', 'monitored {', 'there is no argument monitored'],
  ['network.tf', 'aws_eip.nat[each.key].id', 'aws_eip.nat[each.key].number', 'has no attribute number'],
  ['network.tf', 'nat_gateway_id = each.value.id', 'gateway_id = aws_internet_gateway.main.id', 'it leads to the Internet'],
  ['network.tf', 'map_public_ip_on_launch = false', 'map_public_ip_on_launch = true', 'machines get public addresses'],
  ['firewall.tf', 'toset(["80", "443"])', 'toset(["22", "443"])', 'more than the ports 80 and 443'],
  ['firewall.tf', 'referenced_security_group_id = aws_security_group.server.id\n  ip_protocol                  = "tcp"\n  from_port                    = 5432', 'cidr_ipv4 = "0.0.0.0/0"\n  ip_protocol                  = "tcp"\n  from_port                    = 5432', 'it is open to everybody'],
  ['iam.tf', '["secretsmanager:GetSecretValue"]', '["secretsmanager:*"]', 'the action secretsmanager:*'],
  ['iam.tf', 'resources = [aws_kms_key.main.arn]', 'resources = ["*"]', 'every resource'],
  ['iam.tf', 'AmazonSSMManagedInstanceCore', 'AdministratorAccess', 'policy/AdministratorAccess'],
  ['keys.tf', 'enable_key_rotation     = true', 'enable_key_rotation     = false', 'enable_key_rotation must be true'],
  ['balancer.tf', 'type = "redirect"', 'type = "forward"', 'without TLS'],
  ['balancer.tf', 'idle_timeout               = 3600', 'idle_timeout               = 30', 'silent sockets are closed'],
  ['balancer.tf', 'for record in aws_route53_record.validation : record.fqdn', 'for record in aws_route53_record.validation : record.host', 'has no attribute host'],
  ['backup.tf', 'block_public_acls       = true', 'block_public_acls       = false', 'block_public_acls must be true'],
  ['backup.tf', 'bucket = aws_s3_bucket.logs.bucket\n\n  rule {\n    apply', 'bucket = aws_s3_bucket.backups.bucket\n\n  rule {\n    apply', 'aws_s3_bucket.logs: it has no aws_s3_bucket_server_side_encryption'],
  ['alarms.tf', '#qidecommitsslow"', '#qidecommitsslower"', 'there is no runbook'],
  ['servers.tf', 'aws_iam_service_linked_role.machines.arn', '"arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"', 'a new account does not have the role of a service'],
  ['database.tf', '"sun:05:00-sun:06:00"', '"sun:03:00-sun:04:00"', 'the backup monthly cannot start at 3:30'],
  ['database.tf', '"01:00-02:00"', '"03:15-03:45"', 'the backup daily cannot start at 2:30'],
  ['variables.tf', 'variable "zone"', 'variable "zones"', 'var.zone is not declared'],
  ['outputs.tf', 'aws_route53_record.main.name', 'aws_route53_record.public.name', 'aws_route53_record.public.name is not declared'],
];

async function findDamages() {
  for (const [file, before, after, sentence] of DAMAGES) {
    const copy = join(directory, 'damaged');
    rmSync(copy, { recursive: true, force: true });
    cpSync(shipped, copy, { recursive: true });
    const text = readFileSync(join(copy, file), 'utf8');
    const at = text.lastIndexOf(before);
    check(at >= 0, `${file} has ${before}`);
    writeFileSync(join(copy, file), text.slice(0, at) + after + text.slice(at + before.length));
    const { found } = await findings(copy);
    check(found.some((one) => one.includes(sentence)), `"${after}" in ${file} is found: ${JSON.stringify(found)}`);
  }
}

/** An expression, evaluated by Terraform in a directory without providers. */
async function evaluate(expression, work) {
  const { code, output } = await outcomeOf('bash', ['-c', 'terraform console -no-color <<<"$EXPRESSION" >answer'], { cwd: work, env: { EXPRESSION: expression, CHECKPOINT_DISABLE: '1' } });
  check(code === 0, `Terraform evaluates ${expression}: ${output}`);
  return readFileSync(join(work, 'answer'), 'utf8').trim();
}

const VALUES = { region: 'eu-central-1', domain: 'ide.example.com', zone: 'example.com', alarm_email: 'ops@example.com', image: `ghcr.io/owner/qide@sha256:${'0'.repeat(64)}` };
const WRONG = { name: 'Q IDE', image: 'ghcr.io/owner/qide:latest', servers: 1, backup_days: 3 };

/** The variables with their conditions, in a directory of their own. */
async function checkVariables() {
  const work = join(directory, 'variables');
  mkdirSync(work);
  cpSync(join(shipped, 'variables.tf'), join(work, 'variables.tf'));
  const plan = (values) => outcomeOf('terraform', ['plan', '-no-color', '-input=false', ...Object.entries(values).map(([name, value]) => `-var=${name}=${value}`)], { cwd: work });
  await run('terraform', ['init', '-no-color', '-input=false'], { cwd: work });
  const right = await plan(VALUES);
  check(right.code === 0, `the example values are accepted: ${right.output}`);
  for (const [name, value] of Object.entries(WRONG)) {
    const { code, output } = await plan({ ...VALUES, [name]: value });
    check(code === 1 && output.includes('Invalid value for variable') && output.includes(`var.${name}`), `${name}=${value} is refused: ${output}`);
  }
  const { output } = await plan({ region: 'x' });
  check(output.includes('No value for required variable'), `a missing variable is named: ${output}`);
}

/** The first start of a machine: rendered by Terraform, parsed by bash, with the options that the sandbox needs. */
async function checkUserData(configuration) {
  const work = join(directory, 'user-data');
  mkdirSync(work);
  cpSync(join(shipped, 'server.sh.tftpl'), join(work, 'server.sh.tftpl'));
  const passed = [...configuration.locals.user_data.matchAll(/^\s+(\w+)\s+=/gm)].map(([, name]) => name);
  const values = { region: 'eu-central-1', image: VALUES.image, public_url: 'https://ide.example.com/', log_group: '/qide/server', trusted_proxies: '10.40.0.0/20', database: 'db:5432', password_secret: 'arn:p', secrets: { 'owner-token': 'arn:t', 'key-ring': 'arn:k' }, seccomp: '{"defaultAction":"SCMP_ACT_ERRNO"}' };
  check(String(passed.sort()) === String(Object.keys(values).sort()), `the template gets ${Object.keys(values)}: ${passed}`);
  const encoded = await evaluate(`base64encode(templatefile("server.sh.tftpl", ${JSON.stringify(values).replaceAll('":', '" = ').replaceAll('\\"" = ', '\\":')}))`, work);
  const script = Buffer.from(encoded.replaceAll('"', ''), 'base64').toString();
  const inner = [...script.matchAll(/<<'(SECRETS|RUN)'\n([\s\S]*?)\n\1\n/g)].map(([, , text]) => text);
  check(inner.length === 2 && script.includes('get arn:k >"$new/key-ring"'), `the script has its parts: ${script}`);
  for (const [index, text] of [script, ...inner].entries()) {
    writeFileSync(join(work, `${index}.sh`), text);
    await run('bash', ['-n', join(work, `${index}.sh`)]);
  }
  const readme = readFileSync(here('ops/docker/README.md'), 'utf8');
  const options = [...readme.matchAll(/^  (--read-only.*|--security-opt.*seccomp.*) \\?/gm)].flatMap(([, line]) => line.split(/ (?=--)/));
  const needed = options.map((option) => option.trim().replace('seccomp=ops/docker/', 'seccomp=/etc/qide/')).filter((option) => option.startsWith('--') && !option.includes('apparmor'));
  check(needed.length >= 5, `the README of the image has the options: ${options}`);
  for (const option of needed) check(script.includes(option.replace(/ qide$/, '')), `the container is started with ${option}`);
}

await prove(async () => {
  await run('terraform', ['fmt', '-check', '-recursive', '-diff', shipped]);
  const { configuration, found } = await findings(shipped);
  check(found.length === 0, `nothing is found: ${found.join('\n')}`);
  check(configuration.root.terraform[0].required_providers[0].aws.version === '~> 6.25', 'the provider is that of the schema');
  await checkVariables();
  await checkUserData(configuration);
  await findDamages();
  const { blocks, variables, outputs } = configuration;
  console.log(`terraform: ${blocks.length} resources and data sources fit the provider's schema 6.25; every reference of ${Object.keys(variables).length} variables and ${Object.keys(outputs).length} outputs is resolved; ${DAMAGES.length} planted errors are found`);
});
