-- Q-IDE in Neovim 0.7 or newer: `qide lsp` is the language server of a project's files, in all languages.
--
--   require('qide').setup()                           the workspace has the name of the project's directory
--   require('qide').setup({ workspace = 'demo' })
--
-- Options:
--   workspace  the workspace's name
--   root       the project's directory; otherwise the nearest one above a file that has a .git, or else a file such as package.json.
--              Files outside every project are not sent to the server
--   command    a list, { 'qide', 'lsp' } by default; the workspace's name is appended
--   filetypes  of the files that it serves
local M = {}

local FILETYPES = {
  'bash', 'c', 'cpp', 'css', 'go', 'html', 'java', 'javascript', 'javascriptreact', 'json', 'jsonc', 'less', 'markdown', 'python',
  'rust', 'scss', 'sh', 'typescript', 'typescriptreact', 'yaml',
}

-- Files that are in the directory of a project, for projects without a .git.
local ROOT_FILES = { 'package.json', 'tsconfig.json', 'pyproject.toml', 'setup.py', 'go.mod', 'Cargo.toml', 'pom.xml' }

-- The client of each project, by its directory, and the one that was used last.
local clients = {}
local latest

-- Copies of library files that `qide lsp` shows, in its cache directory.
local LIBRARY = '/qide/external%-%x+%-%x+%-%x+%-%x+%-%x+/'

-- The nearest directory above a file that has `name`; nil if there is none. Unlike `finddir`, it takes names with spaces and commas.
local function nearest_with(name, file, exists)
  local directory = vim.fn.fnamemodify(file, ':h')
  while exists(directory .. '/' .. name) == 0 do
    local parent = vim.fn.fnamemodify(directory, ':h')
    if parent == directory or parent == '.' then
      return nil
    end
    directory = parent
  end
  return directory
end

local function root_of(file, root)
  if root then
    root = vim.fn.fnamemodify(root, ':p'):gsub('(.)/$', '%1')
    return vim.startswith(file, root .. '/') and root or nil
  end
  -- In a worktree, .git is a file.
  local repository = nearest_with('.git', file, vim.fn.isdirectory) or nearest_with('.git', file, vim.fn.filereadable)
  if repository then
    return repository
  end
  -- A package in a project that is open already has such a file too.
  for project in pairs(clients) do
    if vim.startswith(file, project .. '/') then
      return project
    end
  end
  local nearest
  for _, name in ipairs(ROOT_FILES) do
    local found = nearest_with(name, file, vim.fn.filereadable)
    if found and #found > #(nearest or '') then
      nearest = found
    end
  end
  return nearest
end

local function client_of(root, options)
  if not clients[root] or not vim.lsp.get_client_by_id(clients[root]) then
    local command = vim.list_extend({}, options.command or { 'qide', 'lsp' })
    table.insert(command, options.workspace or vim.fn.fnamemodify(root, ':t'))
    -- Since Neovim 0.8 it is called `start`.
    clients[root] = (vim.lsp.start or vim.lsp.start_client)({
      name = 'qide',
      cmd = command,
      root_dir = root,
      on_exit = function()
        clients[root] = nil
      end,
    })
  end
  return clients[root]
end

local function attach(buffer, options)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == '' or vim.bo[buffer].buftype ~= '' then
    return
  end
  if not file:match(LIBRARY) then
    local root = root_of(file, options.root)
    if not root then
      -- A file outside every project is private.
      return
    end
    latest = client_of(root, options)
  end
  -- The client whose definition led to a library's copy knows it.
  if latest and vim.lsp.get_client_by_id(latest) then
    vim.lsp.buf_attach_client(buffer, latest)
  end
end

-- A definition starts in the buffer that was entered last.
local function entered(buffer)
  for _, id in pairs(clients) do
    if vim.lsp.buf_is_attached(buffer, id) then
      latest = id
    end
  end
end

--- Serves each file of the filetypes from now on.
function M.setup(options)
  options = options or {}
  local group = vim.api.nvim_create_augroup('qide', { clear = true })
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = options.filetypes or FILETYPES,
    callback = function(event)
      attach(event.buf, options)
    end,
  })
  -- What others save is shown at once, not after the next command.
  vim.o.autoread = true
  vim.api.nvim_create_autocmd({ 'FocusGained', 'BufEnter', 'CursorHold' }, {
    group = group,
    callback = function(event)
      entered(event.buf)
      if vim.fn.getcmdwintype() == '' then
        vim.cmd('checktime')
      end
    end,
  })
end

return M
