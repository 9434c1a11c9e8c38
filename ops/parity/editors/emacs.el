;;; emacs.el --- One person who works in a real project with Emacs and Eglot  -*- lexical-binding: t -*-

;; emacs -Q --batch -l emacs.el, in the project; the environment is that of neovim.lua.

;; Where Debian has packages.
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'flymake)
(require 'cl-lib)
(require 'json)
(require 'subr-x)

(defconst patience 60 "Seconds.")
(defconst notice 30 "Seconds within which a change on the disk is noticed.")
(defconst quiet 3 "Seconds without a change of the diagnostics.")
(setq eglot-sync-connect patience
      eglot-connect-timeout patience
      eglot-events-buffer-size 0
      eglot-confirm-server-initiated-edits nil
      revert-without-query '(".*")
      make-backup-files nil
      create-lockfiles nil
      python-indent-guess-indent-offset nil)

(defun read-plan (&rest options)
  (with-temp-buffer
    (insert-file-contents (getenv "QIDE_PLAN"))
    (apply #'json-parse-buffer options)))

(defvar plan (read-plan :object-type 'alist :array-type 'list :false-object nil))
(defvar sent (read-plan :object-type 'plist :false-object :json-false) "The plan as Eglot sends parts of it.")
(defvar answers nil)
(defvar shown nil "The buffer in which the person works.")
(defvar top default-directory)

;; Tasks of the language server that it has begun and not ended, such as reading the project.
(defvar tasks 0)
(cl-defmethod eglot-handle-notification (_server (_method (eql $/progress)) &key value &allow-other-keys)
  (pcase (plist-get value :kind) ("begin" (cl-incf tasks)) ("end" (cl-decf tasks))))

;; Whether the language server has published diagnostics of anything.
(defvar published nil)
(cl-defmethod eglot-handle-notification :before (_server (_method (eql textDocument/publishDiagnostics)) &key &allow-other-keys)
  (setq published t))

(define-derived-mode typescript-mode js-mode "TypeScript")
(add-to-list 'auto-mode-alist '("\\.ts\\'" . typescript-mode))
(setq eglot-server-programs
      (list (cons '(python-mode typescript-mode)
                  (append (split-string (getenv "QIDE_LSP") "\n")
                          (list :initializationOptions (plist-get sent :options))))))

(defun of (&rest names) (seq-reduce (lambda (tree name) (alist-get name tree)) names plan))

(defun await (seconds condition)
  "Whether the condition holds within SECONDS."
  (let ((end (+ (float-time) seconds)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      ;; Without a person there is no idle time, in which Eglot sends changes.
      (when (eglot-managed-p) (eglot--signal-textDocument/didChange))
      (accept-process-output nil 0.02))
    (and value t)))

(defun go (words &optional further)
  (goto-char (point-min))
  (unless (search-forward words nil t) (error "No such words: %s" words))
  (goto-char (+ (match-beginning 0) (or further 0))))

(defun ask (method params)
  (eglot--signal-textDocument/didChange)
  (jsonrpc-request (eglot-current-server) method params :timeout patience))

(defun here () (eglot--TextDocumentPositionParams))

(defun place (location)
  "A place without the folder in which the project or a language server lies."
  (let ((path (eglot--uri-to-path (or (plist-get location :targetUri) (plist-get location :uri))))
        (start (plist-get (or (plist-get location :targetSelectionRange) (plist-get location :range)) :start)))
    (setq path (string-remove-prefix (file-truename top) path))
    (dolist (folder '("node_modules/" "typeshed-fallback/" "machine/"))
      (setq path (replace-regexp-in-string (concat "\\`.*" folder) "" path)))
    (format "%s:%d:%d" (string-remove-prefix "/" path) (1+ (plist-get start :line)) (1+ (plist-get start :character)))))

(defun places (locations)
  (sort (mapcar #'place (if (vectorp locations) (append locations nil) (and locations (list locations)))) #'string<))

(defun messages ()
  (with-current-buffer shown
    (sort (mapcar (lambda (one)
                    (format "%d %s" (line-number-at-pos (flymake-diagnostic-beg one)) (flymake-diagnostic-text one)))
                  (flymake-diagnostics))
          #'string<)))

(defun settled ()
  "The diagnostics when the language server does nothing else and they have not changed for a while."
  (let ((before t) (since (float-time)))
    (await patience (lambda ()
                      (let ((now (messages)))
                        (unless (and (equal now before) (<= tasks 0)) (setq before now since (float-time)))
                        (> (- (float-time) since) quiet))))
    (messages)))

(defun marked-p (words)
  (cl-some (lambda (message) (string-match-p (regexp-quote words) message)) (messages)))

(defun in-terminal (command)
  (let ((default-directory top))
    (with-temp-buffer
      (let ((code (call-process-shell-command command nil t)))
        (unless (eql 0 code) (error "%s ended with %s: %s" command code (buffer-string))))
      (buffer-string))))

(defun insert-line (line words)
  "Inserts a line after LINE lines."
  (with-current-buffer shown
    (save-excursion
      (goto-char (point-min))
      (forward-line line)
      (insert words "\n"))))

(defun restore ()
  "The texts as they were published."
  (in-terminal "git checkout -q -f main && git clean -q -f -d")
  (dolist (buffer (buffer-list))
    (when (buffer-file-name buffer)
      (with-current-buffer buffer
        (set-buffer-modified-p nil)
        (if (file-exists-p buffer-file-name) (revert-buffer t t) (kill-buffer)))))
  (set-buffer shown)
  (settled))

(defun noticed (words before command)
  "Whether a message with WORDS comes, or goes when it was there BEFORE, after COMMAND, a function or one for a terminal."
  (if (not (await patience (lambda () (eq (and (marked-p words) t) before))))
      "not as expected before it"
    (if (functionp command) (funcall command) (in-terminal command))
    (if (await notice (lambda () (not (eq (and (marked-p words) t) before)))) t :false)))

(defun head () (save-excursion (goto-char (point-min)) (buffer-substring (point-min) (line-beginning-position 61))))

(defun range-params (diagnostics &optional only)
  (list :textDocument (eglot--TextDocumentIdentifier)
        :range (list :start (eglot--pos-to-lsp-position) :end (eglot--pos-to-lsp-position))
        :context (append (list :diagnostics diagnostics) (when only (list :only (vector only))))))

(defun references ()
  (go (of 'symbol))
  (places (ask :textDocument/references (append (here) (list :context (list :includeDeclaration t))))))

(defun step (name)
  (pcase name
    ;; While a language server reads the project, some answer with nothing.
    ("diagnostics" (await patience #'references) (await patience (lambda () published)) (settled))
    ("references" (references))
    ("definition" (go (of 'library)) (places (ask :textDocument/definition (here))))
    ("completion"
     (goto-char (point-max))
     (let ((begin (point)))
       (insert (of 'complete))
       (let* ((result (ask :textDocument/completion (here)))
              (items (if (vectorp result) result (plist-get result :items))))
         (delete-region begin (point-max))
         (sort (mapcar (lambda (item) (plist-get item :label)) items) #'string<))))
    ("rename" (go (of 'symbol))
     (cl-letf (((symbol-function 'y-or-n-p) #'always))
       (eglot-rename (of 'renamed)))
     (save-some-buffers t)
     (prog1 (split-string (in-terminal "git diff") "\n") (restore)))
    ("actions"
     (insert-line (of 'importsAt) (of 'mistake))
     (settled)
     (go (of 'mistake) (of 'mistakeAt))
     (let ((diagnostics (cl-loop for one in (flymake-diagnostics (line-beginning-position) (line-end-position))
                                 when (cdr (assoc 'eglot-lsp-diag (eglot--diag-data one))) collect it)))
       (prog1 (sort (mapcar (lambda (action) (plist-get action :title))
                            (ask :textDocument/codeAction (range-params (vconcat diagnostics))))
                    #'string<)
         (restore))))
    ("imports"
     (insert-line (of 'importsAt) (of 'import))
     (let ((before (head)))
       (cl-letf (((symbol-function 'completing-read) (lambda (_ choices &rest _) (car (all-completions "" choices)))))
         (goto-char (point-min))
         (ignore-errors (eglot-code-actions (point-min) (point-max) "source.organizeImports" t)))
       (await notice (lambda () (not (equal (head) before)))))
     (prog1 (split-string (head) "\n") (restore)))
    ("move" (prog1 (noticed (of 'moved 'marked) nil (of 'moved 'command)) (restore)))
    ("moveByEditor"
     (prog1 (noticed (of 'moved 'marked) nil
                     (lambda ()
                       (let ((from (expand-file-name (of 'moved 'from) top)) (to (expand-file-name (of 'moved 'to) top)))
                         (with-current-buffer (find-file-noselect from)
                           (rename-file from to)
                           (set-visited-file-name to t t)))))
       (restore)))
    ("branch"
     (in-terminal (of 'branch 'prepare))
     (insert-line (of 'importsAt) (of 'branch 'line))
     (prog1 (noticed (of 'branch 'marked) t (of 'branch 'command)) (restore)))
    ("package"
     (insert-line (of 'importsAt) (of 'package 'line))
     (prog1 (noticed (of 'package 'marked) t (of 'package 'command)) (restore)))
    (_ (error "No such step"))))

(defun session ()
  (setq-default eglot-workspace-configuration
                (cl-loop for (name value) on (plist-get sent :settings) by #'cddr collect (cons name value)))
  (setq shown (find-file (of 'file)))
  (apply #'eglot--connect (eglot--guess-contact))
  (await patience #'eglot-managed-p)
  (dolist (name (of 'steps))
    (set-buffer shown)
    (message "%s: %s" (format-time-string "%T") name)
    (push (cons (intern name)
                (condition-case failure
                    (let ((result (step name))) (if (listp result) (vconcat result) result))
                  (error (ignore-errors (restore)) (format "failed: %S" failure))))
          answers))
  (ignore-errors (eglot-shutdown (eglot-current-server))))

(condition-case failure
    (session)
  (error (push (cons 'failure (format "%S" failure)) answers)))
(with-temp-file (getenv "QIDE_ANSWERS") (insert (json-serialize answers)))
;;; emacs.el ends here
