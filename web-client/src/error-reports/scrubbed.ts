/** The part of a report of an error that this file reads. */
export interface Report {
  event_id?: string | undefined;
  timestamp?: number | undefined;
  environment?: string | undefined;
  release?: string | undefined;
  sdk?: Sdk | undefined;
  exception?: { values?: Raised[] | undefined } | undefined;
}

interface Sdk {
  name?: string | undefined;
  version?: string | undefined;
  settings?: { infer_ip?: 'auto' | 'never' | undefined } | undefined;
}

interface Raised {
  type?: string | undefined;
  mechanism?: { type?: string | undefined; handled?: boolean | undefined } | undefined;
  stacktrace?: { frames?: Frame[] | undefined } | undefined;
}

interface Frame {
  filename?: string | undefined;
  function?: string | undefined;
  lineno?: number | undefined;
  colno?: number | undefined;
}

const CLASS_NAME = /^[A-Za-z_$][\w$]{0,79}$/;
const SCRIPT = /\/(assets\/[\w.-]+\.js)(?:[?#]|$)/;

/**
 * What may be sent of a report: the classes of errors, and where in the page's own scripts they were thrown. Not messages, which may
 * quote text, paths and addresses; not the address of the page, whose query names a workspace and whose fragment may be a token.
 */
export function scrubbed(report: Report): Report {
  return {
    event_id: report.event_id,
    timestamp: report.timestamp,
    environment: report.environment,
    release: report.release,
    // The server of reports must not store the address of the person.
    sdk: { name: report.sdk?.name, version: report.sdk?.version, settings: { infer_ip: 'never' } },
    exception: { values: (report.exception?.values ?? []).map(raised) },
  };
}

function raised({ type, mechanism, stacktrace }: Raised): Raised {
  return {
    // A name that is no identifier is somebody's text.
    type: type !== undefined && CLASS_NAME.test(type) ? type : 'Error',
    mechanism: { type: mechanism?.type ?? 'generic', handled: mechanism?.handled ?? false },
    stacktrace: { frames: (stacktrace?.frames ?? []).map(frame) },
  };
}

function frame({ filename, function: name, lineno, colno }: Frame): Frame {
  return { filename: SCRIPT.exec(filename ?? '')?.[1] ?? 'page', function: name, lineno, colno };
}
