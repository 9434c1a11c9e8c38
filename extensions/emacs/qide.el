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
  "The workspace's name; nil for the name of the project's directory."
  :type '(choice (const nil) string)
  :safe #'string-or-null-p)

(defcustom qide-modes
  '(bash-ts-mode c++-mode c++-ts-mode c-mode c-ts-mode css-mode css-ts-mode go-mode go-ts-mode html-mode html-ts-mode
    java-mode java-ts-mode js-json-mode js-mode js-ts-mode json-mode json-ts-mode less-css-mode markdown-mode
    mhtml-mode python-mode python-ts-mode rust-mode rust-ts-mode scss-mode sh-mode tsx-ts-mode typescript-mode
    typescript-ts-mode yaml-mode yaml-ts-mode)
  "The major modes of the files that Q-IDE serves.  One server process serves them all in one project."
  :type '(repeat symbol))

(defun qide-contact (&optional _interactive project)
  "The command line for the workspace of PROJECT, as `eglot-server-programs' wants it."
  (let* ((project (or project (project-current) (cons 'transient default-directory)))
         (root (directory-file-name (expand-file-name (car (qide--roots project))))))
    (append qide-command (list (or qide-workspace (file-name-nondirectory root))))))

(defun qide--roots (project)
  (if (fboundp 'project-root) (list (project-root project)) (project-roots project)))

(add-to-list 'eglot-server-programs (cons qide-modes #'qide-contact))

(provide 'qide)
;;; qide.el ends here
