;;; together.el --- One of two people who edit one line at once, in Emacs with Eglot through `qide lsp'  -*- lexical-binding: t -*-

;; emacs -Q --batch -l together.el, in the project; the environment is that of session.el and together.lua.

;; Where Debian has packages.
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'autorevert)
(require 'cl-lib)
(load "userlock" nil t)

(defconst patience 60 "Seconds.")
(defconst name (getenv "QIDE_NAME"))
(defconst other (getenv "QIDE_OTHER"))
(setq eglot-sync-connect patience
      eglot-connect-timeout patience
      eglot-events-buffer-size 0
      make-backup-files nil
      create-lockfiles nil
      auto-revert-use-notify nil)

(defun fail (format &rest arguments)
  (princ (concat "Emacs: " (apply #'format format arguments) "\n" (buffer-string) "\n"))
  (kill-emacs 1))

(defun await (what condition)
  (let ((end (+ (float-time) patience)))
    (while (not (funcall condition))
      (when (> (float-time) end) (fail "not within %s s: %s" patience what))
      ;; Without a person there is no idle time, in which Eglot sends changes.
      (when (eglot-managed-p) (eglot--signal-textDocument/didChange))
      (accept-process-output nil 0.02))))

(defun has (words)
  (save-excursion
    (goto-char (point-min))
    (search-forward words (line-end-position) t)))

(defun signal-file (of) (expand-file-name of (getenv "QIDE_SIGNALS")))

(define-derived-mode typescript-mode js-mode "TypeScript")
(add-to-list 'auto-mode-alist '("\\.ts\\'" . typescript-mode))
(load (getenv "QIDE_PLUGIN"))
(setq qide-command (split-string (getenv "QIDE_LSP") "\n")
      qide-workspace "demo")

(defun session ()
  (find-file "prices.ts")
  (apply #'eglot--connect (eglot--guess-contact))
  (await "the buffer is managed" (lambda () (eglot-managed-p)))
  ;; The server has the text when it has answered a question about it.
  (jsonrpc-request (eglot-current-server) :textDocument/documentSymbol
                   (list :textDocument (eglot--TextDocumentIdentifier)) :timeout patience)
  (goto-char (point-min))
  (unless (equal name "ann") (end-of-line))
  (insert "/* " name " */")
  (write-region "" nil (signal-file name))
  (await "the other one has typed" (lambda () (file-exists-p (signal-file other))))
  ;; Emacs asks twice whether to save a file that has changed: yes.
  (cl-letf (((symbol-function 'yes-or-no-p) #'always)
            ((symbol-function 'ask-user-about-supersession-threat) #'ignore))
    (save-buffer))
  (await "both are shown" (lambda () (auto-revert-handler) (and (has name) (has other))))
  (eglot-shutdown (eglot-current-server))
  (princ "both\n"))

(condition-case failure
    (session)
  (error (fail "%S" failure)))
;;; together.el ends here
