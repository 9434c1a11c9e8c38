-- What the scripts of this folder share: an unmodified Neovim that edits the current directory through `qide lsp`.
--   nvim --headless -u NONE -n -c "luafile SCRIPT.lua"
-- QIDE_PLUGIN is extensions/neovim/qide.lua, QIDE_LSP the command line without the workspace, words separated by newlines. A script
-- that fails prints a sentence and the buffers, and exits with 1.
local M = { PATIENCE_MS = 60000 }

function M.fail(sentence)
  io.stdout:write('Neovim: ' .. sentence .. '\n')
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
    io.stdout:write(vim.api.nvim_buf_get_name(buffer) .. ':\n' .. table.concat(lines, '\n') .. '\n')
  end
  vim.cmd('cquit 1')
end

--- Waits until `condition` returns true, at most PATIENCE_MS.
function M.await(what, condition)
  if not vim.wait(M.PATIENCE_MS, condition, 20) then
    M.fail('not within ' .. M.PATIENCE_MS .. ' ms: ' .. what)
  end
end

--- Opens the first file of the session, in the workspace; returns as `edit` does.
function M.open(file)
  vim.cmd('filetype on')
  dofile(os.getenv('QIDE_PLUGIN')).setup({ command = vim.split(os.getenv('QIDE_LSP'), '\n') })
  return M.edit(file)
end

--- Opens a file of a project; returns its buffer and the id of its client when that is initialized.
function M.edit(file)
  vim.cmd('edit ' .. vim.fn.fnameescape(file))
  local buffer = vim.api.nvim_get_current_buf()
  local id
  M.await('initialize', function()
    local client
    id, client = next(vim.lsp.buf_get_clients(buffer))
    return client ~= nil and client.initialized
  end)
  return buffer, id
end

--- Runs a session and ends Neovim. `done` is printed if the session does not fail.
function M.run(session, done)
  local ok, failure = xpcall(session, debug.traceback)
  if not ok then
    M.fail(failure)
  end
  io.stdout:write(done .. '\n')
  vim.cmd('qall!')
end

return M
