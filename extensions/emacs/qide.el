;;; qide.el --- Q-IDE as the language server of Eglot  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "27.1") (eglot "1.8"))

;;; Commentary:

;; `qide lsp' is the language server of a project's files, in all languages:
;;
;;   (require 'qide)
;;   (add-hook 'python-mode-hook #'eglot-ensure)

;;; Code:

(require 'eglot)
(require 'project)

(defgroup qide nil "Q-IDE as a language server." :group 'eglot)

(defcustom qide-command '("qide" "lsp")
  "The command line that connects to a server; the workspace's name is appended."
  :type '(repeat string))

(defcustom qide-workspace nil
  "The workspace's name; nil for the name of the project's directory.
Files outside every project are not sent to the server, unless this is set for them in `.dir-locals.el'."
  :type '(choice (const nil) string)
  :safe #'string-or-null-p)

(defcustom qide-modes
  '(bash-ts-mode c++-mode c++-ts-mode c-mode c-ts-mode css-mode css-ts-mode go-mode go-ts-mode html-mode html-ts-mode
    java-mode java-ts-mode js-json-mode js-mode js-ts-mode json-mode json-ts-mode less-css-mode markdown-mode
    mhtml-mode python-mode python-ts-mode rust-mode rust-ts-mode scss-mode sh-mode tsx-ts-mode typescript-mode
    typescript-ts-mode yaml-mode yaml-ts-mode)
  "The major modes of the files that Q-IDE serves.  One server process serves them all in one project."
  :type '(repeat symbol))

(defun qide-contact (&optional interactive project)
  "The command line for the workspace of PROJECT, as `eglot-server-programs' wants it.
INTERACTIVE is non-nil if the person has asked for a server."
  (let* ((project (or project (project-current) (cons 'transient default-directory)))
         (root (directory-file-name (expand-file-name (car (qide--roots project))))))
    (when (and (eq (car-safe project) 'transient)
               (not interactive)
               (not (local-variable-p 'qide-workspace)))
      (user-error "%s is in no project: set `qide-workspace' in .dir-locals.el to serve it" root))
    (append qide-command (list (or qide-workspace (file-name-nondirectory root))))))

(defun qide--roots (project)
  (if (fboundp 'project-root) (list (project-root project)) (project-roots project)))

;; Eglot leaves a percent sign in a file name as it is: the URI would be malformed, or that of another file.
(when (bound-and-true-p eglot--uri-path-allowed-chars)
  (aset eglot--uri-path-allowed-chars ?% nil))

(add-to-list 'eglot-server-programs (cons qide-modes #'qide-contact))

(provide 'qide)
;;; qide.el ends here
