/** The names in each folder, of all files and folders by their paths; the root is the empty path. */
export function childrenOf(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, slash));
    const names = children.get(folder);
    if (names) names.push(path.slice(slash + 1));
    else children.set(folder, [path.slice(slash + 1)]);
  }
  return children;
}
