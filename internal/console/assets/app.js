// Up, Down, Home and End move between the rows of a list while a row has the
// focus. Everything works without this file.
document.querySelectorAll("table[data-rows]").forEach((table) => {
  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = [...table.querySelectorAll("a.row-link")];
    const here = links.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
    if (here < 0 || to === undefined || !links[to]) return;
    event.preventDefault();
    links[to].focus();
  });
});
