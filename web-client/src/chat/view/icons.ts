const PATHS = {
  send: 'M4 12l16-8-5 16-3.5-6.5z M11.500 13.500L20 4',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h11v11H9z M5 15H4V4h11v1',
  done: 'M5 12.500l4.500 4.500L19 7.500',
  insert: 'M20 5v6a3 3 0 0 1-3 3H5 M9 10l-4 4 4 4',
  apply: 'M12 4v8 M8 8h8 M8 18h8 M5 3h14v18H5z',
  history: 'M4 12a8 8 0 1 0 2.500-5.800L4 8.500 M4 4v4.500h4.500 M12 8v4.500l3 2',
  add: 'M12 5v14 M5 12h14',
  remove: 'M7 7l10 10 M17 7L7 17',
  delete: 'M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13 M10.500 11v5 M13.500 11v5',
  back: 'M15 6l-6 6 6 6',
  down: 'M12 5v13 M6.500 12.500L12 18l5.500-5.500',
  file: 'M7 3h7l4 4v14H7z M14 3v4h4',
  selection: 'M8 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h2 M16 4h2a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-2 M8 9h8 M8 12h8 M8 15h5',
  problems: 'M12 4l9 16H3z M12 10v5 M12 17.200v.3',
  chat: 'M4 5h16v11H10l-4 4v-4H4z',
} as const;

export type ChatIcon = keyof typeof PATHS;

/** An icon of the chat, in the colour of the text; hidden from screen readers. */
export function chatIcon(name: ChatIcon): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'chat-icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
