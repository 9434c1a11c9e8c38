#!/usr/bin/env node
// Proves what can be proven of ops/cloud/aws without an account and without the provider: formatted; every argument, block and
// attribute exists in the provider's schema; every reference is resolved and every declaration used; the policy holds; the variables'
// conditions and the first start of a machine are evaluated by Terraform itself, and the part of it that reads the secrets runs; planted
// errors are found.
//
//   node ops/cloud/proof/terraform.mjs     needs terraform 1.11 or newer, jq, and the packages of this folder
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, here, outcomeOf, prove, run, temporary } from '../../build/proof.mjs';
import { label, load, misfits, resolve } from './hcl.mjs';
import { checkSecrets } from './machine.mjs';
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
async function evaluate(expression, work, variables = {}) {
  const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]));
  const { code, output } = await outcomeOf('bash', ['-c', 'terraform console -no-color <<<"$EXPRESSION" >answer'], { cwd: work, env: { ...values, EXPRESSION: expression, CHECKPOINT_DISABLE: '1' } });
  check(code === 0, `Terraform evaluates ${expression}: ${output}`);
  return readFileSync(join(work, 'answer'), 'utf8').trim();
}

const VALUES = { region: 'eu-central-1', domain: 'ide.example.com', zone: 'example.com', alarm_email: 'ops@example.com', image: `ghcr.io/owner/qide@sha256:${'0'.repeat(64)}` };
const WRONG = [['name', 'Q IDE'], ['image', 'ghcr.io/owner/qide:latest'], ['servers', 1], ['backup_days', 3], ['server_files', '["login", "../token"]'], ['server_files', '["login", "database-url"]']];

/** The variables with their conditions, in a directory of their own. */
async function checkVariables() {
  const work = join(directory, 'variables');
  mkdirSync(work);
  cpSync(join(shipped, 'variables.tf'), join(work, 'variables.tf'));
  const plan = (values) => outcomeOf('terraform', ['plan', '-no-color', '-input=false', ...Object.entries(values).map(([name, value]) => `-var=${name}=${value}`)], { cwd: work });
  await run('terraform', ['init', '-no-color', '-input=false'], { cwd: work });
  const right = await plan(VALUES);
  check(right.code === 0, `the example values are accepted: ${right.output}`);
  for (const [name, value] of WRONG) {
    const { code, output } = await plan({ ...VALUES, [name]: value });
    check(code === 1 && output.includes('Invalid value for variable') && output.includes(`var.${name}`), `${name}=${value} is refused: ${output}`);
  }
  const { output } = await plan({ region: 'x' });
  check(output.includes('No value for required variable'), `a missing variable is named: ${output}`);
}

/** The files of the README's example: { files, login, models, stored }. */
function example() {
  const text = readFileSync(join(shipped, 'README.md'), 'utf8');
  const [files, login, models] = [/server_files\s+= (\[.*\])/, /^`login.json`[^`]*```json\n([^`]*)```/m, /^`models.json`[^`]*```json\n([^`]*)```/m].map((pattern) => JSON.parse(pattern.exec(text)?.[1] ?? '[]'));
  check(files.length > 0 && login.length > 0 && models.length > 0, `the README has an example of login.json and models.json: ${JSON.stringify([files, login, models])}`);
  return { files, login, models, stored: [...text.matchAll(/put-secret-value --secret-id qide\/(\S+)/g)].map(([, name]) => name) };
}

/** The names of the secrets of a machine with further files. */
async function secretsWith(files, { blocks }) {
  const work = join(directory, `files-${files.length}`);
  mkdirSync(work);
  cpSync(join(shipped, 'variables.tf'), join(work, 'variables.tf'));
  const { for_each: each } = blocks.find((block) => label(block) === 'aws_secretsmanager_secret.server').body;
  check(typeof each === 'string' && each.includes('var.server_files'), `every file of var.server_files is a secret: ${JSON.stringify(each)}`);
  writeFileSync(join(work, 'secrets.tf'), `locals {\n  names = keys(${each.replace(/^\$\{|\}$/g, '')})\n}\n`);
  return JSON.parse(JSON.parse(await evaluate('jsonencode(local.names)', work, { ...VALUES, server_files: JSON.stringify(files) })));
}

/** The first start of a machine: rendered by Terraform, parsed by bash, with the options that the sandbox needs; its secrets. */
async function checkUserData(configuration) {
  const { files, login, models, stored } = example();
  const names = await secretsWith(files, configuration);
  check(String([...stored].sort()) === String([...names].sort()), `the README stores each of ${names}: ${stored}`);
  const { script, secrets, refresh } = await renderUserData(configuration, names);
  const [{ pattern }] = configuration.blocks.filter(({ type }) => type === 'aws_cloudwatch_log_metric_filter').map(({ body }) => body);
  const written = await checkSecrets(join(directory, 'machine'), { secrets, refresh }, names, (line) => line.includes(JSON.parse(pattern)));
  const named = [...login.map(({ clientSecretFile }) => clientSecretFile), ...models.map(({ keyFile }) => keyFile)];
  check(named.every((name) => written.includes(name)), `the files that login.json and models.json name are written: ${named}, ${written}`);
  const settings = (text) => [...text.matchAll(/-e (QIDE_\w+)=\/run\/qide\/(\S+)/g)].map(([, setting, name]) => `${setting}=${name}`);
  const always = ['QIDE_DATABASE_URL_FILE=database-url', 'QIDE_KEYS_FILE=key-ring'];
  check(String(settings(script)) === String([...always, 'QIDE_LOGIN_FILE=login', 'QIDE_MODELS_FILE=models']), `the server gets its files: ${settings(script)}`);
  const least = await renderUserData(configuration, await secretsWith([], configuration));
  check(String(settings(least.script)) === String(always), `the server gets no files that are not written: ${settings(least.script)}`);
}

/** What a machine with these secrets starts with: { script, secrets, refresh }, the latter the programs that it writes. */
async function renderUserData(configuration, names) {
  const work = join(directory, `user-data-${names.length}`);
  mkdirSync(work);
  cpSync(join(shipped, 'server.sh.tftpl'), join(work, 'server.sh.tftpl'));
  const passed = [...configuration.locals.user_data.matchAll(/^\s+(\w+)\s+=/gm)].map(([, name]) => name);
  const values = { region: 'eu-central-1', image: VALUES.image, public_url: 'https://ide.example.com/', log_group: '/qide/server', trusted_proxies: '10.40.0.0/20', database: 'db:5432', password_secret: 'arn:p', secrets: Object.fromEntries(names.map((name) => [name, `arn:${name}`])), seccomp: '{"defaultAction":"SCMP_ACT_ERRNO"}' };
  check(String(passed.sort()) === String(Object.keys(values).sort()), `the template gets ${Object.keys(values)}: ${passed}`);
  const encoded = await evaluate(`base64encode(templatefile("server.sh.tftpl", ${JSON.stringify(values).replaceAll('":', '" = ').replaceAll('\\"" = ', '\\":')}))`, work);
  const script = Buffer.from(encoded.replaceAll('"', ''), 'base64').toString();
  const programs = Object.fromEntries([...script.matchAll(/>\/usr\/local\/bin\/qide-(\w+) <<'([A-Z]+)'\n([\s\S]*?\n)\2\n/g)].map(([, name, , text]) => [name, text]));
  check(String(Object.keys(programs)) === 'secrets,run,refresh' && script.includes('\nExecStart=/usr/local/bin/qide-refresh\n'), `the script has its parts: ${script}`);
  for (const [name, text] of Object.entries({ script, ...programs })) {
    writeFileSync(join(work, `${name}.sh`), text);
    await run('bash', ['-n', join(work, `${name}.sh`)]);
  }
  const readme = readFileSync(here('ops/docker/README.md'), 'utf8');
  const options = [...readme.matchAll(/^  (--read-only.*|--security-opt.*seccomp.*) \\?/gm)].flatMap(([, line]) => line.split(/ (?=--)/));
  const needed = options.map((option) => option.trim().replace('seccomp=ops/docker/', 'seccomp=/etc/qide/')).filter((option) => option.startsWith('--') && !option.includes('apparmor'));
  check(needed.length >= 5, `the README of the image has the options: ${options}`);
  for (const option of needed) check(script.includes(option.replace(/ qide$/, '')), `the container is started with ${option}`);
  return { script, ...programs };
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
