-- One of two people who edit one line at once, in an unmodified Neovim through `qide lsp`:
-- nvim --headless -u NONE -n -c "luafile together.lua", in the project. The environment is that of session.lua, and
-- QIDE_NAME what this person types, QIDE_OTHER what the other one types; QIDE_SIGNALS a folder for signals.
-- Prints "both" when the buffer has what both typed, or a sentence.
local PATIENCE_MS = 60000
local name, other, signals = os.getenv('QIDE_NAME'), os.getenv('QIDE_OTHER'), os.getenv('QIDE_SIGNALS')

local function fail(sentence)
  io.stdout:write('Neovim: ' .. sentence .. '\n' .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n')
  vim.cmd('cquit 1')
end

local function await(what, condition)
  if not vim.wait(PATIENCE_MS, condition, 20) then
    fail('not within ' .. PATIENCE_MS .. ' ms: ' .. what)
  end
end

local function has(words)
  return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]:find(words, 1, true) ~= nil
end

local function session()
  vim.cmd('filetype on')
  dofile(os.getenv('QIDE_PLUGIN')).setup({ workspace = 'demo', root = vim.fn.getcwd(), command = vim.split(os.getenv('QIDE_LSP'), '\n') })
  vim.cmd('edit prices.ts')
  local buffer = vim.api.nvim_get_current_buf()
  local id
  await('initialize', function()
    local client
    id, client = next(vim.lsp.buf_get_clients(buffer))
    return client ~= nil and client.initialized
  end)
  -- The server has the text when it has answered a question about it.
  vim.lsp.buf_request_sync(buffer, 'textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }, PATIENCE_MS)

  local column = name == 'ann' and 0 or #vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1]
  vim.api.nvim_buf_set_text(buffer, 0, column, 0, column, { '/* ' .. name .. ' */' })
  vim.fn.writefile({}, signals .. '/' .. name)
  await('the other one has typed', function()
    return vim.fn.filereadable(signals .. '/' .. other) == 1
  end)
  -- Neovim asks whether to write a file that has changed: yes.
  vim.api.nvim_input('y')
  vim.cmd('write')
  await('both are shown', function()
    vim.cmd('checktime')
    return has(name) and has(other)
  end)
  vim.lsp.stop_client(id)
  io.stdout:write('both\n')
end

local ok, failure = xpcall(session, debug.traceback)
if not ok then
  fail(failure)
end
vim.cmd('qall!')
