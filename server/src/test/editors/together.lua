-- One of two people who edit one line at once through `qide lsp`, in the project; see editor.lua. QIDE_NAME is what this person
-- types, QIDE_OTHER what the other one types, QIDE_SIGNALS a folder in which each says that it has typed. Prints "both" when the
-- buffer has what both typed.
local editor = dofile(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':h') .. '/editor.lua')
local name, other, signals = os.getenv('QIDE_NAME'), os.getenv('QIDE_OTHER'), os.getenv('QIDE_SIGNALS')

local function has(words)
  return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]:find(words, 1, true) ~= nil
end

local function session()
  local buffer, id = editor.open('prices.ts')
  -- The server has the text when it has answered a question about it.
  vim.lsp.buf_request_sync(buffer, 'textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }, editor.PATIENCE_MS)

  local column = name == 'ann' and 0 or #vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1]
  vim.api.nvim_buf_set_text(buffer, 0, column, 0, column, { '/* ' .. name .. ' */' })
  vim.fn.writefile({}, signals .. '/' .. name)
  editor.await('the other one has typed', function()
    return vim.fn.filereadable(signals .. '/' .. other) == 1
  end)
  -- Neovim asks whether to write a file that has changed: yes.
  vim.api.nvim_input('y')
  vim.cmd('write')
  editor.await('both are shown', function()
    vim.cmd('checktime')
    return has(name) and has(other)
  end)
  vim.lsp.stop_client(id)
end

editor.run(session, 'both')
