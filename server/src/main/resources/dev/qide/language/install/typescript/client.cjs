// Loaded before the TypeScript server (`node --require`). A refactoring that needs a new file ("Move to a new file") has the server
// create it, empty, before it sends the edit. The workspace is read-only in the sandbox: there the editor creates the file with the edit.
const fs = require('node:fs');

const { writeFile } = fs;
fs.writeFile = (file, data, ...more) => {
  const done = more.pop();
  writeFile(file, data, ...more, (failure) => done(failure?.code === 'EROFS' && data === '' ? null : failure));
};
