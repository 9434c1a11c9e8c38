import * as vscode from 'vscode';

/** Lets a webview show a script of the package, `dist/NAME.js` with its styles `dist/NAME.css`, and nothing else. */
export function showScript(webview: vscode.Webview, extension: vscode.Uri, name: string, title: string): void {
  const folder = vscode.Uri.joinPath(extension, 'dist');
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const address = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource} 'unsafe-inline'; script-src ${webview.cspSource}">
<link rel="stylesheet" href="${address(`${name}.css`)}">
<style>body { color-scheme: light } body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light) { color-scheme: dark }</style>
<title>${title}</title>
</head>
<body style="padding: 0; height: 100vh"><script type="module" src="${address(`${name}.js`)}"></script></body>
</html>`;
}
