;;; session.el --- One session of an unmodified Emacs with Eglot through `qide lsp'  -*- lexical-binding: t -*-

;; emacs -Q --batch -l session.el, in the project.  QIDE_PLUGIN is extensions/emacs/qide.el, QIDE_LSP the command
;; line without the workspace, words separated by newlines.  Prints "served" or a sentence.

;; Where Debian has packages.
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'flymake)
(require 'cl-lib)

(defconst patience 60 "Seconds.")
(setq eglot-sync-connect patience
      eglot-connect-timeout patience
      eglot-events-buffer-size 0
      make-backup-files nil
      create-lockfiles nil)

(defun fail (format &rest arguments)
  (princ (concat "Emacs: " (apply #'format format arguments) "\n"))
  (kill-emacs 1))

(defun await (what condition)
  (let ((end (+ (float-time) patience)))
    (while (not (funcall condition))
      (when (> (float-time) end) (fail "not within %s s: %s" patience what))
      ;; Without a person there is no idle time, in which Eglot sends changes.
      (when (eglot-managed-p) (eglot--signal-textDocument/didChange))
      (accept-process-output nil 0.02))))

(defun contains (buffer words)
  (with-current-buffer buffer
    (save-excursion (goto-char (point-min)) (search-forward words nil t))))

(defun go (words)
  (goto-char (point-min))
  (unless (search-forward words nil t) (fail "no such words: %s" words))
  (goto-char (match-beginning 0)))

(defun marks (words)
  (cl-some (lambda (each) (string-match-p (regexp-quote words) (flymake-diagnostic-text each)))
           (flymake-diagnostics)))

(define-derived-mode typescript-mode js-mode "TypeScript")
(add-to-list 'auto-mode-alist '("\\.ts\\'" . typescript-mode))
(load (getenv "QIDE_PLUGIN"))
(setq qide-command (split-string (getenv "QIDE_LSP") "\n")
      qide-workspace "demo")

(defun session ()
  (let ((shop (find-file "shop.ts")))
    (apply #'eglot--connect (eglot--guess-contact))
    (await "the buffer is managed" (lambda () (eglot-managed-p)))
    (await "the mistake is marked" (lambda () (marks "amuont")))

    (go "total([")
    (let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
      (unless (string-match-p "Adds the amounts" (format "%s" hover)) (fail "hover: %s" hover)))

    (xref-find-definitions (xref-backend-identifier-at-point 'eglot))
    (unless (and (string-suffix-p "prices.ts" (buffer-file-name)) (= 7 (line-number-at-pos)))
      (fail "definition: %s:%s" (buffer-file-name) (line-number-at-pos)))
    (kill-buffer)
    (switch-to-buffer shop)

    (goto-char (point-max))
    (insert "Math.max(1);\n")
    (go "max(1)")
    (eglot--signal-textDocument/didChange)
    (xref-find-definitions (xref-backend-identifier-at-point 'eglot))
    (unless (and (string-match-p "lib\\.es.*\\.d\\.ts\\'" (buffer-file-name))
                 (string-match-p "max(" (buffer-substring (line-beginning-position) (line-end-position))))
      (fail "the library: %s:%s" (buffer-file-name) (line-number-at-pos)))
    (kill-buffer)
    (switch-to-buffer shop)
    (go "Math.max(1);\n")
    (delete-region (point) (point-max))

    (goto-char (point-max))
    (insert "lamp.cur")
    (pcase-let* ((`(,begin ,end ,table . ,properties) (eglot-completion-at-point))
                 (found (all-completions (buffer-substring begin end) table))
                 (currency (cl-find "currency" found :test #'string-prefix-p)))
      (unless currency (fail "completion: %s" (seq-take found 5)))
      (delete-region begin end)
      (insert currency)
      (funcall (plist-get properties :exit-function) currency 'finished))
    (insert ";\n")
    (unless (contains shop "lamp.currency;") (fail "completion: %s" (buffer-string)))

    (go "currency: 'EUR'")
    (cl-letf (((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
      (eglot-rename "unit"))
    (unless (contains shop "lamp.unit;") (fail "rename: %s" (buffer-string)))
    (unless (contains (find-file-noselect "prices.ts") "unit: string")
      (fail "rename: the file that nobody has open is as before"))

    (await "the mistake is marked where it is now" (lambda () (marks "amuont")))
    (go "amuont")
    (cl-letf (((symbol-function 'completing-read)
               (lambda (_prompt choices &rest _)
                 (or (cl-find-if (lambda (each) (string-match-p "spelling to 'amount'" each))
                                 (all-completions "" choices))
                     (fail "no quick fix among %s" (all-completions "" choices))))))
      (let ((last-nonmenu-event t)) ; No menu of the mouse.
        (eglot-code-actions (point) (+ (point) 6) nil t)))
    (await "the quick fix is applied" (lambda () (contains shop "lamp.amount / 2")))
    (await "the mark goes" (lambda () (not (marks "amuont"))))

    (eglot-format-buffer)
    (unless (contains shop "export const untidy = 1;") (fail "formatting: %s" (buffer-string)))

    (save-some-buffers t)
    (eglot-shutdown (eglot-current-server))
    (princ "served\n")))

(condition-case failure
    (session)
  (error (fail "%S" failure)))
;;; session.el ends here
