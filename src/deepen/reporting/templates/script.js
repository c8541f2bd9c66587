"use strict";
(() => {
  const tip = document.getElementById("tip");
  const hide = (svg) => {
    tip.hidden = true;
    for (const old of svg.querySelectorAll(".at")) old.classList.remove("at");
  };
  const middle = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const show = (svg, mark) => {
    hide(svg);
    mark.classList.add("at");
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const [x, y] = middle(mark);
    const wide = tip.offsetWidth, high = tip.offsetHeight;
    tip.style.left = Math.max(4, Math.min(x - wide / 2, document.documentElement.clientWidth - wide - 4)) + "px";
    tip.style.top = (y - high - 12 < 4 ? y + 14 : y - high - 12) + "px";
  };
  for (const svg of document.querySelectorAll(".chart div > svg")) {
    const marks = [];
    for (const title of svg.querySelectorAll("title")) {
      const mark = title.parentNode;
      if (mark === svg) continue;
      mark.dataset.tip = title.textContent;
      title.remove();
      marks.push(mark);
    }
    if (!marks.length) continue;
    svg.setAttribute("tabindex", "0");
    const nearest = (event) => {
      let best = null, least = 40 * 40;
      for (const mark of marks) {
        if (mark === event.target) return mark;
        const [x, y] = middle(mark);
        const apart = (x - event.clientX) ** 2 + (y - event.clientY) ** 2;
        if (apart < least) [best, least] = [mark, apart];
      }
      return best;
    };
    const point = (event) => {
      const mark = nearest(event);
      if (mark) show(svg, mark); else hide(svg);
    };
    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerdown", point);
    svg.addEventListener("pointerleave", () => hide(svg));
    svg.addEventListener("blur", () => hide(svg));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide(svg);
      if (!step) return;
      event.preventDefault();
      const now = marks.findIndex((mark) => mark.classList.contains("at"));
      const next = now < 0 ? (step > 0 ? 0 : marks.length - 1) : (now + step + marks.length) % marks.length;
      show(svg, marks[next]);
    });
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    if (body.rows.length < 2) continue;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => {
          const cell = row.cells[column];
          return "by" in cell.dataset ? Number(cell.dataset.by) : cell.textContent;
        };
        const order = (a, b) => {
          const x = key(a), y = key(b);
          if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
          return (typeof x === "number" ? x - y : x.localeCompare(y)) * (down ? -1 : 1);
        };
        body.append(...[...body.rows].sort(order));
      });
    });
  }
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.how:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
