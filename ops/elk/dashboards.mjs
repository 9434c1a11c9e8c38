// What the dashboards show, each panel with the question that it answers. `generate.mjs` writes the saved objects from this.
//
// Queries are in Lucene's syntax, which Kibana and the search API (`query_string`) read alike. Fields are those that a log line may
// carry; the proof refuses any other.

const count = {};
const sum = (field, label) => ({ type: 'sum', field, label });
const most = (field, label) => ({ type: 'max', field, label });
const percentiles = (field, percents, label) => ({ type: 'percentiles', field, percents, label });
const people = { type: 'cardinality', field: 'principal', label: 'people' };
const overTime = (question, query, { metrics = [count], by } = {}) => ({ kind: 'lines', question, query, metrics, by });
const top = (question, query, by, { metrics = [count], size = 10 } = {}) => ({ kind: 'table', question, query, by, metrics, size });
const number = (question, query, metrics = [count]) => ({ kind: 'number', question, query, metrics });

/** The saved searches: lines of the log with the fields that matter. */
export const searches = [
  {
    id: 'errors',
    title: 'Errors and warnings',
    question: 'What failed, and with which message?',
    query: 'log.level:(ERROR OR WARN)',
    columns: ['log.level', 'event.action', 'message', 'failure', 'error.type', 'error.message', 'workspace', 'error.id'],
  },
  {
    id: 'journey',
    title: "One person's journey",
    question: 'What did a person do? Filter by principal.',
    query: '_exists_:principal',
    columns: ['event.action', 'principal', 'workspace', 'document', 'operation', 'object', 'outcome', 'milliseconds'],
  },
  {
    id: 'trace',
    title: 'One request or edit',
    question: 'What happened to one request, from the socket to the database? Filter by trace.id.',
    query: '_exists_:trace.id',
    columns: ['trace.id', 'event.action', 'method', 'operation', 'outcome', 'failure', 'milliseconds', 'principal', 'workspace', 'document'],
  },
  {
    id: 'document',
    title: "One document's edits",
    question: 'Who edited a document, when, and what did the server do with it? Filter by document.',
    query: '_exists_:document',
    columns: ['event.action', 'document', 'principal', 'updates', 'bytes', 'failure', 'message'],
  },
  {
    id: 'slow',
    title: 'Slow requests',
    question: 'Which requests took a second or more?',
    query: 'milliseconds:>=1000 AND NOT event.action:session.closed',
    columns: ['event.action', 'operation', 'method', 'languageServer', 'model', 'outcome', 'milliseconds', 'principal', 'workspace'],
  },
  {
    id: 'language-servers',
    title: 'Language servers',
    question: 'Which language servers started, stopped, complained or failed?',
    query: 'event.action:language.*',
    columns: ['event.action', 'languageServer', 'method', 'outcome', 'milliseconds', 'reason', 'message'],
  },
  {
    id: 'models',
    title: 'Calls of models',
    question: 'Who called which model, how did it end, what did it use?',
    query: 'event.action:ai.*',
    columns: ['event.action', 'principal', 'model', 'purpose', 'outcome', 'inputTokens', 'outputTokens', 'milliseconds', 'secrets'],
  },
  {
    id: 'logins',
    title: 'Logins and refusals',
    question: 'Who logged in, and who was refused, why?',
    query: 'event.action:audit.recorded AND (operation:(login OR logout OR connect) OR NOT outcome:ok)',
    columns: ['operation', 'workspace', 'object', 'outcome', 'principal', 'address'],
  },
];

export const dashboards = [
  {
    id: 'errors',
    title: 'Errors',
    panels: [
      number('How many errors were there?', 'log.level:ERROR'),
      number('How many warnings were there?', 'log.level:WARN'),
      overTime('Since when do errors and warnings occur?', 'log.level:(ERROR OR WARN)', { by: 'log.level' }),
      top('What fails most?', 'log.level:(ERROR OR WARN)', 'event.action'),
      top('Which exceptions are behind it?', '_exists_:error.type', 'error.type'),
      top('Which failures do people see?', '_exists_:failure', 'failure'),
    ],
    search: 'errors',
  },
  {
    id: 'journey',
    title: "One person's journey",
    panels: [
      number('How many people were there?', '_exists_:principal', [people]),
      overTime('When were they here, and what did they do?', '_exists_:principal', { by: 'event.action' }),
      top('Who did most?', '_exists_:principal', 'principal'),
      top('In which workspaces?', '_exists_:principal', 'workspace', { metrics: [count, people] }),
    ],
    search: 'journey',
  },
  {
    id: 'document',
    title: "One document's edits",
    panels: [
      number('How many updates were committed?', 'event.action:collab.edited', [sum('updates', 'updates')]),
      number('How many bytes were they?', 'event.action:collab.edited', [sum('bytes', 'bytes')]),
      overTime('When was it edited?', 'event.action:collab.edited', { metrics: [sum('updates', 'updates')], by: 'principal' }),
      top('Which documents are edited most?', 'event.action:collab.edited', 'document', {
        metrics: [sum('updates', 'updates'), sum('bytes', 'bytes'), people],
      }),
      top('Which documents were closed to a client, and why?', 'event.action:collab.document_closed', 'failure'),
    ],
    search: 'document',
  },
  {
    id: 'slow',
    title: 'Slow requests',
    panels: [
      overTime('How long do slow requests take?', 'milliseconds:>=1000 AND NOT event.action:session.closed', {
        metrics: [percentiles('milliseconds', [50, 95], 'milliseconds')],
      }),
      top('What is slow?', 'milliseconds:>=1000 AND NOT event.action:session.closed', 'event.action', {
        metrics: [count, most('milliseconds', 'longest, ms')],
      }),
      top('Which language requests are slow?', 'milliseconds:>=1000 AND event.action:language.answered', 'method', {
        metrics: [count, most('milliseconds', 'longest, ms')],
      }),
    ],
    search: 'slow',
  },
  {
    id: 'language-servers',
    title: 'Language servers',
    panels: [
      number('How many stopped?', 'event.action:language.server_stopped'),
      overTime('When did which server have an event?', 'event.action:language.*', { by: 'languageServer' }),
      top('What happens to them?', 'event.action:language.*', 'event.action'),
      top('How long does a logged answer take?', 'event.action:language.answered', 'method', {
        metrics: [sum('requests', 'requests'), percentiles('milliseconds', [50, 95], 'milliseconds')],
      }),
    ],
    search: 'language-servers',
  },
  {
    id: 'models',
    title: 'Spend on models',
    panels: [
      number('How many tokens went in?', 'event.action:ai.called', [sum('inputTokens', 'tokens in')]),
      number('How many tokens came out?', 'event.action:ai.called', [sum('outputTokens', 'tokens out')]),
      overTime('When was how much used?', 'event.action:ai.called', { metrics: [sum('outputTokens', 'tokens out')], by: 'model' }),
      top('Who uses most?', 'event.action:ai.called', 'principal', {
        metrics: [count, sum('inputTokens', 'tokens in'), sum('outputTokens', 'tokens out')],
      }),
      top('How do calls end?', 'event.action:ai.called', 'outcome', { metrics: [count, percentiles('milliseconds', [50, 95], 'ms')] }),
    ],
    search: 'models',
  },
  {
    id: 'logins',
    title: 'Logins and refusals',
    panels: [
      number('How many logins were there?', 'event.action:audit.recorded AND operation:login AND outcome:ok'),
      number('How many logins were refused?', 'event.action:audit.recorded AND operation:login AND NOT outcome:ok'),
      overTime('Since when is something refused?', 'event.action:audit.recorded AND NOT outcome:ok', { by: 'operation' }),
      top('Why?', 'event.action:audit.recorded AND NOT outcome:ok', 'outcome'),
      top('From which addresses?', 'event.action:audit.recorded AND NOT outcome:ok', 'address'),
      overTime('When did editors connect and disconnect?', 'event.action:(session.opened OR session.closed)', { by: 'event.action' }),
      top('With which code did sockets close?', 'event.action:session.closed', 'closeCode'),
    ],
    search: 'logins',
  },
];
