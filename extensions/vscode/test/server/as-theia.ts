// Imported before the extension, which then takes this process for Theia.

process.env['THEIA_PARENT_PID'] = String(process.ppid);
