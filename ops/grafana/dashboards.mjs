/**
 * The dashboards: for each panel the question that it answers, and its queries. `generate.mjs` writes Grafana's files from them, the
 * proof sends the same queries to a real Prometheus.
 *
 * A query is [expression, legend]. `$instance` is the dashboard's variable; `$__rate_interval` is Grafana's. `unit` is a unit of
 * Grafana; `width` is of 24 columns.
 */
const here = 'instance=~"$instance"';
const rate = (series) => `rate(${series}[$__rate_interval])`;
const quantile = (q, metric, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (${rate(`${metric}_bucket{${here}}`)}))`;

const overview = {
  uid: 'qide-overview',
  title: 'Q-IDE: Overview',
  panels: [
    { question: 'Which servers run?', kind: 'stat', width: 4, queries: [[`up{job="qide", ${here}}`, '{{instance}}']] },
    { question: 'Which version?', kind: 'stat', width: 4, queries: [[`qide_telemetry_build{${here}}`, '{{version}}']] },
    {
      question: 'How much of the error budget of 30 days is left?',
      kind: 'stat',
      unit: 'percentunit',
      width: 5,
      queries: [[`1 - sum(sum_over_time(qide:bad_events:rate1h{${here}}[30d])) / (0.005 * sum(sum_over_time(qide:events:rate1h{${here}}[30d])))`, 'left']],
    },
    { question: 'How many editors are connected?', kind: 'stat', width: 5, queries: [[`sum(qide_session_editors{${here}})`, 'editors']] },
    { question: 'How many documents are open?', kind: 'stat', width: 6, queries: [[`sum(qide_collab_documents{${here}})`, 'documents']] },
    {
      question: 'How long does an edit wait for its acknowledgement?',
      unit: 's',
      queries: [
        [quantile(0.5, 'qide_collab_acknowledgement_seconds'), 'half of the edits'],
        [quantile(0.99, 'qide_collab_acknowledgement_seconds'), '99 of 100'],
      ],
    },
    { question: 'How many edits, and what became of them?', unit: 'ops', queries: [[`sum by (outcome) (${rate(`qide_collab_updates_total{${here}}`)})`, '{{outcome}}']] },
    { question: 'How many requests, with which status?', unit: 'reqps', queries: [[`sum by (status) (${rate(`qide_transport_requests_total{${here}}`)})`, '{{status}}']] },
    {
      question: 'Which share of requests and edits is bad? (objective: 0.5 %)',
      unit: 'percentunit',
      queries: [[`qide:bad_events:ratio_rate5m{${here}}`, 'bad, {{instance}}'], ['vector(0.005)', 'objective']],
    },
    { question: 'Which routes are slow?', unit: 's', queries: [[`topk(5, ${quantile(0.95, 'qide_api_request_seconds', 'route')})`, '{{route}}']] },
    { question: 'Which methods of language servers are slow?', unit: 's', queries: [[`topk(5, ${quantile(0.95, 'qide_language_answer_seconds', 'method')})`, '{{method}}']] },
    { question: 'How do requests to language servers end?', unit: 'ops', queries: [[`sum by (outcome) (${rate(`qide_language_answers_total{${here}}`)})`, '{{outcome}}']] },
    {
      question: 'How far are files behind the documents?',
      unit: 's',
      queries: [[`max(qide_files_oldest_unsynced_seconds{${here}})`, 'oldest text not on disk']],
    },
    { question: 'Which component is not up? (1 up, 0.5 degraded, 0 down)', width: 24, queries: [[`min by (component) (qide_telemetry_component_state{${here}})`, '{{component}}']] },
  ],
};

const node = {
  uid: 'qide-node',
  title: 'Q-IDE: One node',
  panels: [
    { question: 'How many processors are busy?', unit: 'short', queries: [[rate(`process_cpu_seconds_total{${here}}`), 'processors']] },
    {
      question: 'How full is the heap?',
      unit: 'bytes',
      queries: [
        [`jvm_memory_bytes_used{area="heap", ${here}}`, 'used'],
        [`jvm_memory_bytes_max{area="heap", ${here}}`, 'limit'],
        [`qide_collab_memory_bytes{${here}}`, 'documents'],
      ],
    },
    { question: 'Which share of the time does garbage collection take?', unit: 'percentunit', queries: [[`sum by (gc) (${rate(`jvm_gc_collection_seconds_sum{${here}}`)})`, '{{gc}}']] },
    { question: 'How much memory has the process?', unit: 'bytes', queries: [[`process_resident_memory_bytes{${here}}`, 'resident']] },
    {
      question: 'How many file descriptors are open?',
      unit: 'short',
      queries: [[`process_open_fds{${here}}`, 'open'], [`qide_transport_connections{${here}}`, 'connections'], [`qide_transport_open_sockets{${here}}`, 'WebSockets']],
    },
    {
      question: 'Is the CPU pool full?',
      unit: 'short',
      queries: [
        [`qide_concurrent_cpu_busy_threads{${here}}`, 'busy threads'],
        [`qide_concurrent_cpu_threads{${here}}`, 'threads'],
        [`qide_concurrent_cpu_queued_tasks{${here}}`, 'waiting tasks'],
      ],
    },
    { question: 'How many platform threads are there?', unit: 'short', queries: [[`jvm_threads_current{${here}}`, 'threads'], [`jvm_threads_deadlocked{${here}}`, 'deadlocked']] },
    { question: 'How many language servers run?', unit: 'short', queries: [[`qide_language_servers{${here}}`, 'running'], [`increase(qide_language_stops_total{${here}}[5m])`, 'ended on their own in 5 minutes']] },
    {
      question: 'How much traffic do WebSockets carry?',
      unit: 'Bps',
      queries: [[rate(`qide_transport_received_bytes_total{${here}}`), 'received'], [rate(`qide_transport_sent_bytes_total{${here}}`), 'sent']],
    },
    {
      question: 'What waits: for slow clients, for sessions?',
      unit: 'bytes',
      queries: [[`qide_transport_queued_bytes{${here}}`, 'outgoing'], [`qide_session_waiting_characters{${here}}`, 'sessions'], [`qide_transport_read_ahead_bytes{${here}}`, 'HTTP requests']],
    },
    { question: 'Which limits refuse?', unit: 'ops', queries: [[`sum by (limit) (${rate(`qide_limits_refusals_total{${here}}`)})`, '{{limit}}']] },
    { question: 'With which codes do WebSockets end?', unit: 'ops', queries: [[`sum by (code) (${rate(`qide_transport_closed_total{${here}}`)})`, '{{code}}']] },
  ],
};

const database = {
  uid: 'qide-database',
  title: 'Q-IDE: Database',
  panels: [
    { question: 'Does PostgreSQL answer? (1 yes, 0 no)', unit: 'short', queries: [[`qide_store_reachable{${here}}`, '{{instance}}']] },
    { question: 'How long does PostgreSQL take for a probe?', unit: 's', queries: [[`qide_store_probe_seconds{${here}}`, 'probe']] },
    { question: 'How long does a commit take?', unit: 's', queries: [[quantile(0.5, 'qide_store_commit_seconds'), 'half of them'], [quantile(0.99, 'qide_store_commit_seconds'), '99 of 100']] },
    { question: 'How many edits are committed?', unit: 'ops', queries: [[rate(`qide_store_rows_total{${here}}`), 'edits'], [rate(`qide_store_batches_total{${here}}`), 'commits']] },
    { question: 'How many edits wait for their commit?', unit: 'short', queries: [[`qide_store_queue_rows{${here}}`, 'edits']] },
    { question: 'How large are they?', unit: 'bytes', queries: [[`qide_store_queue_bytes{${here}}`, 'bytes']] },
    { question: 'Are connections used up?', unit: 'short', queries: [[`sum by (pool, state) (qide_store_connections{${here}})`, '{{pool}} {{state}}']] },
    { question: 'Are commits retried or refused?', unit: 'ops', queries: [[rate(`qide_store_retries_total{${here}}`), 'retried'], [rate(`qide_store_refused_total{${here}}`), 'refused']] },
  ],
};

const models = {
  uid: 'qide-models',
  title: 'Q-IDE: Models',
  panels: [
    { question: 'How many calls, and how do they end?', unit: 'ops', queries: [[`sum by (outcome) (${rate(`qide_ai_calls_total{${here}}`)})`, '{{outcome}}']] },
    { question: 'How long until the first text?', unit: 's', queries: [[quantile(0.95, 'qide_ai_first_token_seconds', 'model'), '{{model}}, 19 of 20']] },
    { question: 'How long does a call take?', unit: 's', queries: [[quantile(0.95, 'qide_ai_call_seconds', 'model'), '{{model}}, 19 of 20']] },
    { question: 'How long does ghost text take?', unit: 's', queries: [[quantile(0.5, 'qide_ai_completion_seconds'), 'half of them'], [quantile(0.95, 'qide_ai_completion_seconds'), '19 of 20']] },
    {
      question: 'How much ghost text is accepted?',
      unit: 'percentunit',
      queries: [[`sum by (model) (${rate(`qide_ai_completions_accepted_total{${here}}`)}) / sum by (model) (${rate(`qide_ai_completions_shown_total{${here}}`)})`, '{{model}}']],
    },
    { question: 'How do inline completions end?', unit: 'ops', queries: [[`sum by (outcome) (${rate(`qide_ai_completions_total{${here}}`)})`, '{{outcome}}']] },
    {
      question: 'How many tokens?',
      unit: 'short',
      queries: [[`sum by (model) (${rate(`qide_ai_input_tokens_total{${here}}`)})`, '{{model}} input'], [`sum by (model) (${rate(`qide_ai_output_tokens_total{${here}}`)})`, '{{model}} output']],
    },
    { question: 'What does an hour cost?', unit: 'short', queries: [[`sum by (model) (increase(qide_ai_cost_micros_total{${here}}[1h])) / 1e6`, '{{model}}']] },
    { question: 'How many calls of tools?', unit: 'ops', queries: [[rate(`qide_tools_calls_total{${here}}`), 'calls']] },
  ],
};

export const dashboards = [overview, node, database, models];
