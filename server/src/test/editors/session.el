;;; session.el --- One session of Emacs with Eglot through `qide lsp'  -*- lexical-binding: t -*-

;; Runs as editor.el says.  Prints "served".

(load (expand-file-name "editor.el" (file-name-directory load-file-name)))
(require 'flymake)

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

(defun check-private-files ()
  (let ((notes (expand-file-name "notes/" "~")))
    (make-directory notes)
    (write-region "((nil . ((qide-workspace . \"demo\"))))" nil (expand-file-name ".dir-locals.el" notes))
    (find-file (expand-file-name "private.sh" "~"))
    (unless (eq major-mode 'sh-mode) (fail "the mode of the private file: %s" major-mode))
    (when (ignore-errors (eglot--guess-contact)) (fail "a file outside every project is sent to the server"))
    (find-file (expand-file-name "todo.sh" notes))
    (unless (equal "demo" (car (last (nth 3 (eglot--guess-contact))))) (fail "a file with a workspace of its own"))))

(defun session ()
  (let ((shop (open "shop.ts")))
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
    (check-private-files)))

(run #'session "served")
;;; session.el ends here
