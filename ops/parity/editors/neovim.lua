-- One person who works in a real project with an unmodified Neovim: nvim --headless -u NONE -n -c "luafile neovim.lua", in the
-- project. Environment: QIDE_LSP, the command line of the language server, words separated by newlines; QIDE_PLAN, a JSON file
-- of what to do (editors.mjs); QIDE_ANSWERS, where the answers are written, as JSON by the step's name.
local PATIENCE_MS = 60000
local NOTICE_MS = 30000
local QUIET_MS = 3000

local plan = vim.json.decode(table.concat(vim.fn.readfile(os.getenv('QIDE_PLAN')), '\n'))
local answers = {}
local id, buffer

-- Tasks of the language server that it has begun and not ended, such as reading the project.
local tasks = 0
local showProgress = vim.lsp.handlers['$/progress']
vim.lsp.handlers['$/progress'] = function(failure, progress, ...)
  local kind = progress.value.kind
  tasks = tasks + (kind == 'begin' and 1 or kind == 'end' and -1 or 0)
  return showProgress(failure, progress, ...)
end

-- Whether the language server has published diagnostics of anything.
local isPublished = false
local showDiagnostics = vim.lsp.handlers['textDocument/publishDiagnostics']
vim.lsp.handlers['textDocument/publishDiagnostics'] = function(...)
  isPublished = true
  return showDiagnostics(...)
end

local function await(milliseconds, condition)
  return vim.wait(milliseconds, condition, 20)
end

local function ask(method, params)
  local all, failure = vim.lsp.buf_request_sync(buffer, method, params, PATIENCE_MS)
  if not all then
    return 'not answered: ' .. tostring(failure)
  end
  local _, answer = next(all)
  if answer == nil then
    return 'not answered'
  end
  return answer.error and ('error: ' .. answer.error.message) or answer.result
end

local function go(words, further)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(words, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 + (further or 0) })
      return
    end
  end
  error('no such words: ' .. words)
end

local function here()
  return vim.lsp.util.make_position_params()
end

-- A place without the folder in which the project or a language server lies.
local function place(location)
  local path = vim.uri_to_fname(location.targetUri or location.uri):gsub(vim.pesc(vim.loop.fs_realpath(vim.fn.getcwd())) .. '/', '')
  for _, folder in ipairs({ 'node_modules/', 'typeshed%-fallback/', 'machine/' }) do
    path = path:gsub('^.*' .. folder, '')
  end
  path = path:gsub('^/', '')
  local range = location.targetSelectionRange or location.range
  return ('%s:%d:%d'):format(path, range.start.line + 1, range.start.character + 1)
end

local function places(locations)
  if type(locations) ~= 'table' then
    return { locations }
  end
  if locations.uri or locations.targetUri then
    locations = { locations }
  end
  local all = vim.tbl_map(place, locations)
  table.sort(all)
  return all
end

local function messages()
  local all = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(all, ('%d:%d %s'):format(one.lnum + 1, one.col + 1, one.message))
  end
  table.sort(all)
  return all
end

-- The diagnostics when the language server does nothing else and they have not changed for a while.
local function settled()
  local before, since = nil, vim.loop.now()
  await(PATIENCE_MS, function()
    local now = table.concat(messages(), '\n')
    if now ~= before or tasks > 0 then
      before, since = now, vim.loop.now()
    end
    return vim.loop.now() - since > QUIET_MS
  end)
  return messages()
end

local function isMarked(words)
  for _, message in ipairs(messages()) do
    if message:find(words, 1, true) then
      return true
    end
  end
  return false
end

local function shell(command)
  local output = vim.fn.system(command)
  if vim.v.shell_error ~= 0 then
    error(command .. ': ' .. output)
  end
  return output
end

local function insert(line, words)
  vim.api.nvim_buf_set_lines(buffer, line, line, false, { words })
end

-- The text as it was opened.
local function restore()
  shell('git checkout -q -f main && git clean -q -f -d')
  vim.cmd('silent! bufdo edit!')
  vim.api.nvim_set_current_buf(buffer)
  settled()
end

local function labels(result)
  local all = {}
  for _, item in ipairs(type(result) == 'table' and (result.items or result) or {}) do
    table.insert(all, item.label)
  end
  table.sort(all)
  return all
end

-- Whether a message about these words comes, and goes, when a command is run in a terminal, or by what a function does.
local function noticed(words, isMarkedBefore, command)
  if not await(PATIENCE_MS, function() return isMarked(words) == isMarkedBefore end) then
    return 'not as expected before it'
  end
  if type(command) == 'function' then
    command()
  else
    shell(command)
  end
  return await(NOTICE_MS, function() return isMarked(words) ~= isMarkedBefore end)
end

local function references()
  go(plan.symbol)
  local params = here()
  params.context = { includeDeclaration = true }
  return places(ask('textDocument/references', params) or {})
end

local steps = {
  diagnostics = function()
    -- While a language server reads the project, some answer with nothing.
    await(PATIENCE_MS, function()
      return next(references()) ~= nil
    end)
    await(PATIENCE_MS, function() return isPublished end)
    return settled()
  end,
  references = references,
  definition = function()
    go(plan.library)
    return places(ask('textDocument/definition', here()))
  end,
  completion = function()
    local last = vim.api.nvim_buf_line_count(buffer)
    insert(last, plan.complete)
    vim.api.nvim_win_set_cursor(0, { last + 1, 0 })
    local params = here()
    params.position.character = #plan.complete
    local result = labels(ask('textDocument/completion', params))
    vim.api.nvim_buf_set_lines(buffer, last, -1, false, {})
    return result
  end,
  rename = function()
    go(plan.symbol)
    vim.lsp.buf.rename(plan.renamed)
    await(PATIENCE_MS, function()
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n'):find(plan.renamed, 1, true) ~= nil
    end)
    vim.cmd('wall')
    local changes = shell('git diff')
    restore()
    return vim.split(changes, '\n')
  end,
  actions = function()
    insert(plan.importsAt, plan.mistake)
    settled()
    go(plan.mistake, plan.mistakeAt)
    local params = vim.lsp.util.make_range_params()
    params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(buffer, vim.api.nvim_win_get_cursor(0)[1] - 1) }
    local titles = {}
    for _, action in ipairs(ask('textDocument/codeAction', params) or {}) do
      table.insert(titles, action.title)
    end
    table.sort(titles)
    restore()
    return titles
  end,
  imports = function()
    insert(plan.importsAt, plan.import)
    local before = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, 60, false), '\n')
    vim.lsp.buf.code_action({ context = { only = { 'source.organizeImports' }, diagnostics = {} } })
    await(NOTICE_MS, function() return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, 60, false), '\n') ~= before end)
    local result = vim.api.nvim_buf_get_lines(buffer, 0, 60, false)
    restore()
    return result
  end,
  move = function()
    local result = noticed(plan.moved.marked, false, plan.moved.command)
    restore()
    return result
  end,
  moveByEditor = function()
    local result = noticed(plan.moved.marked, false, function()
      vim.cmd('edit ' .. plan.moved.from)
      vim.cmd('saveas ' .. plan.moved.to)
      vim.fn.delete(plan.moved.from)
      vim.api.nvim_set_current_buf(buffer)
      -- Neovim 0.7 closes the old name for its language servers only with the buffer.
      vim.cmd('bwipeout! ' .. plan.moved.to)
    end)
    restore()
    return result
  end,
  branch = function()
    shell(plan.branch.prepare)
    insert(plan.importsAt, plan.branch.line)
    local result = noticed(plan.branch.marked, true, plan.branch.command)
    restore()
    return result
  end,
  package = function()
    insert(plan.importsAt, plan.package.line)
    local result = noticed(plan.package.marked, true, plan.package.command)
    restore()
    return result
  end,
}

local function session()
  vim.o.hidden = true
  vim.o.autoread = true
  vim.cmd('edit ' .. plan.file)
  buffer = vim.api.nvim_get_current_buf()
  vim.bo.filetype = plan.language
  vim.ui.select = function(choices, _, choose)
    choose(choices[1], 1)
  end
  -- Language servers ask for their settings only where the client announces that it answers, as the package nvim-lspconfig does.
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.workspace.configuration = true
  id = vim.lsp.start_client({
    name = 'server',
    capabilities = capabilities,
    cmd = vim.split(os.getenv('QIDE_LSP'), '\n'),
    root_dir = vim.fn.getcwd(),
    settings = plan.settings,
    init_options = plan.options,
  })
  await(PATIENCE_MS, function()
    local client = vim.lsp.get_client_by_id(id)
    return client ~= nil and client.initialized
  end)
  vim.api.nvim_create_autocmd('BufReadPost', { callback = function(event) vim.lsp.buf_attach_client(event.buf, id) end })
  vim.lsp.buf_attach_client(buffer, id)
  for _, name in ipairs(plan.steps) do
    io.stdout:write(os.date('%T') .. ': ' .. name .. '\n')
    local ok, result = pcall(steps[name])
    if not ok then
      result = 'failed: ' .. tostring(result)
      pcall(restore)
    end
    answers[name] = result
  end
  vim.lsp.stop_client(id)
end

local ok, failure = xpcall(session, debug.traceback)
answers.failure = not ok and failure or nil
vim.fn.writefile({ vim.json.encode(answers) }, os.getenv('QIDE_ANSWERS'))
vim.cmd('qall!')
