-- One session through `qide lsp`, in the project; see editor.lua. Prints "served".
local editor = dofile(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':h') .. '/editor.lua')
local fail, await, PATIENCE_MS = editor.fail, editor.await, editor.PATIENCE_MS

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function contains(buffer, words)
  return text(buffer):find(words, 1, true) ~= nil
end

-- Puts the cursor on words of the current buffer.
local function go(words)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(words, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return
    end
  end
  fail('no such words: ' .. words)
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, PATIENCE_MS) or {}
  for _, answer in pairs(answers) do
    if answer.error then
      fail(method .. ': ' .. answer.error.message)
    end
    return answer.result
  end
  fail(method .. ' was not answered')
end

local function marks(words)
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    if diagnostic.message:find(words, 1, true) then
      return true
    end
  end
  return false
end

-- Opens a file of another project of the same name; returns its client.
local function open_other_project()
  local project = os.getenv('HOME') .. '/My Projects, too/demo'
  vim.fn.mkdir(project .. '/.git', 'p')
  vim.fn.writefile({}, project .. '/other.ts')
  local _, client = editor.edit(project .. '/other.ts')
  return client
end

local function open_private_file()
  vim.fn.writefile({ 'TOKEN=secret' }, os.getenv('HOME') .. '/private.sh')
  vim.cmd('edit ~/private.sh')
  if vim.bo.filetype ~= 'sh' then
    fail('the type of the private file: ' .. vim.bo.filetype)
  end
  if next(vim.lsp.buf_get_clients(0)) then
    fail('a file outside every project is sent to the server')
  end
  vim.cmd('bwipeout')
end

local function session()
  vim.o.hidden = true
  local shop, id = editor.open('shop.ts')
  await('the mistake is marked', function()
    return marks('amuont')
  end)

  go('total([')
  local hover = ask('textDocument/hover', vim.lsp.util.make_position_params())
  if not vim.inspect(hover):find('Adds the amounts', 1, true) then
    fail('hover: ' .. vim.inspect(hover))
  end

  vim.lsp.buf.definition()
  await('the definition is shown', function()
    return vim.api.nvim_buf_get_name(0):match('prices%.ts$') ~= nil and vim.api.nvim_win_get_cursor(0)[1] == 7
  end)
  vim.cmd('bwipeout')
  vim.api.nvim_set_current_buf(shop)

  local other = open_other_project()
  if other == id then
    fail('two projects have one client')
  end
  open_private_file()
  vim.api.nvim_set_current_buf(shop)

  vim.api.nvim_buf_set_lines(shop, -1, -1, false, { 'Math.max(1);' })
  go('max(1)')
  vim.lsp.buf.definition()
  await('the library is shown', function()
    return vim.api.nvim_buf_get_name(0):match('lib%.es.*%.d%.ts$') ~= nil
  end)
  local line = vim.api.nvim_get_current_line()
  if not line:find('max(', 1, true) then
    fail('the library shows: ' .. line)
  end
  if not vim.lsp.buf_is_attached(0, id) or vim.lsp.buf_is_attached(0, other) then
    fail('the library has the client of the other project')
  end
  vim.lsp.stop_client(other)
  local explained = ask('textDocument/hover', vim.lsp.util.make_position_params())
  if not vim.inspect(explained):find('largest', 1, true) and not vim.inspect(explained):find('larger', 1, true) then
    fail('hover in the library: ' .. vim.inspect(explained))
  end
  vim.cmd('bwipeout')
  vim.api.nvim_set_current_buf(shop)
  vim.api.nvim_buf_set_lines(shop, -2, -1, false, {})

  vim.api.nvim_buf_set_lines(shop, -1, -1, false, { 'lamp.cur' })
  local last = vim.api.nvim_buf_line_count(shop)
  vim.api.nvim_win_set_cursor(0, { last, 7 })
  local params = vim.lsp.util.make_position_params()
  params.position.character = 8
  local items = vim.lsp.util.text_document_completion_list_to_complete_items(ask('textDocument/completion', params), 'cur')
  if #items == 0 or items[1].word ~= 'currency' then
    fail('completion: ' .. vim.inspect(items[1]))
  end
  vim.api.nvim_buf_set_lines(shop, last - 1, last, false, { 'lamp.' .. items[1].word .. ';' })

  go("currency: 'EUR'")
  vim.lsp.buf.rename('unit')
  await('the symbol is renamed here', function()
    return contains(shop, 'lamp.unit;')
  end)
  await('the symbol is renamed in the file that nobody has open', function()
    local prices = vim.fn.bufnr('prices.ts')
    return prices > 0 and vim.api.nvim_buf_is_loaded(prices) and contains(prices, 'unit: string')
  end)

  vim.ui.select = function(choices, options, choose)
    for index, choice in ipairs(choices) do
      if (options.format_item and options.format_item(choice) or tostring(choice)):find("spelling to 'amount'", 1, true) then
        return choose(choice, index)
      end
    end
    fail('no quick fix among ' .. #choices)
  end
  await('the mistake is marked where it is now', function()
    return marks('amuont')
  end)
  go('amuont')
  vim.lsp.buf.code_action()
  await('the quick fix is applied', function()
    return contains(shop, 'lamp.amount / 2')
  end)
  await('the mark goes', function()
    return not marks('amuont')
  end)

  vim.lsp.buf.formatting_sync(nil, PATIENCE_MS)
  if not contains(shop, 'export const untidy = 1;') then
    fail('formatting: ' .. text(shop))
  end

  vim.cmd('wall')
  vim.lsp.stop_client(id)
  await('the server is left', function()
    return vim.lsp.client_is_stopped(id)
  end)
end

editor.run(session, 'served')
