;;; editor.el --- What the scripts of this folder share: an unmodified Emacs with Eglot through `qide lsp'  -*- lexical-binding: t -*-

;; emacs -Q --batch -l SCRIPT.el, in the project.  QIDE_PLUGIN is extensions/emacs/qide.el, QIDE_LSP the command line
;; without the workspace, words separated by newlines.  A script that fails prints a sentence and the buffer, and exits with 1.

;; Where Debian has packages.
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'cl-lib)

(defconst patience 60 "Seconds.")
(setq eglot-sync-connect patience
      eglot-connect-timeout patience
      eglot-events-buffer-size 0
      make-backup-files nil
      create-lockfiles nil)

(defun fail (format &rest arguments)
  (princ (concat "Emacs: " (apply #'format format arguments) "\n" (buffer-string) "\n"))
  (kill-emacs 1))

(defun await (what condition)
  "Wait until CONDITION returns non-nil, at most `patience' seconds."
  (let ((end (+ (float-time) patience)))
    (while (not (funcall condition))
      (when (> (float-time) end) (fail "not within %s s: %s" patience what))
      ;; Without a person there is no idle time, in which Eglot sends changes.
      (when (eglot-managed-p) (eglot--signal-textDocument/didChange))
      (accept-process-output nil 0.02))))

(define-derived-mode typescript-mode js-mode "TypeScript")
(add-to-list 'auto-mode-alist '("\\.ts\\'" . typescript-mode))
(load (getenv "QIDE_PLUGIN"))
(setq qide-command (split-string (getenv "QIDE_LSP") "\n"))

(defun open (file)
  "Open FILE of the workspace and return its buffer, which Eglot manages."
  (let ((buffer (find-file file)))
    (apply #'eglot--connect (eglot--guess-contact))
    (await "the buffer is managed" (lambda () (eglot-managed-p)))
    buffer))

(defun run (session done)
  "Run SESSION; print DONE if it does not fail."
  (condition-case failure
      (funcall session)
    (error (fail "%S" failure)))
  (princ (concat done "\n")))
;;; editor.el ends here
