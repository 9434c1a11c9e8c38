/**
 * Whether this editor is Eclipse Theia, which opens only local folders and has terminals that differ from VS Code's. Theia starts the
 * program that runs extensions, and gives it its process id.
 */
export const IS_THEIA = Number(process.env['THEIA_PARENT_PID']) === process.ppid;
