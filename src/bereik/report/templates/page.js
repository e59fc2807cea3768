// Only makes things easier: everything can be read without it.
(() => {
  document.querySelectorAll("[data-year]").forEach((part) => {
    const age = new Date().getFullYear() - Number(part.dataset.year);
    if (age > 0) part.textContent = part.dataset.words.replace("{age}", age);
  });

  // One tooltip for the marks of all pictures: by pointer, by touch, or by arrow keys from one stop a picture.
  const tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  let told = null, rest = "";
  const hide = () => { tip.hidden = true; told?.classList.remove("told"); };
  const tell = (mark) => {
    hide();
    told = mark;
    mark.classList.add("told");
    tip.textContent = mark.dataset.words;
    tip.hidden = false;
    const box = mark.getBoundingClientRect(), room = document.documentElement.clientWidth - tip.offsetWidth;
    const top = box.top < tip.offsetHeight + 8 ? box.bottom + 8 : box.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(0, Math.min(room, box.left + (box.width - tip.offsetWidth) / 2))}px`;
    tip.style.top = `${top + scrollY}px`;
  };
  const away = (mark, { clientX: x, clientY: y }) => { // from its edge; of two, the one whose middle is nearer
    const { left, right, top, bottom } = mark.getBoundingClientRect();
    const edge = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    return edge + Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y) / 1000;
  };
  document.querySelectorAll(".picture[data-values]").forEach((picture) => {
    const marks = [...picture.querySelectorAll("svg title")].map((title) => title.parentNode);
    if (!marks.length) return;
    marks.forEach((mark) => { // without its title, or the browser would show that too
      mark.dataset.words = mark.textContent;
      mark.textContent = "";
    });
    const shown = () => marks.filter((mark) => mark.getClientRects().length); // of the drawing for this width
    const point = (event) => {
      const [near] = shown().map((mark) => [away(mark, event), mark]).sort((one, other) => one[0] - other[0]);
      near?.[0] < 20 ? tell(near[1]) : hide();
    };
    picture.addEventListener("pointermove", (event) => { // not when the page slid below a pointer at rest
      const now = `${event.clientX} ${event.clientY}`;
      if (now !== rest) point(event);
      rest = now;
    });
    picture.addEventListener("pointerdown", point);
    picture.addEventListener("pointerleave", (event) => { event.pointerType === "mouse" && event.relatedTarget !== tip && picture.contains(told) && hide(); });
    const stop = Object.assign(document.createElement("div"), { className: "stop", tabIndex: 0, role: "slider", ariaLabel: picture.dataset.values });
    let at = 0;
    const go = (step) => {
      const all = shown();
      at = Math.max(0, Math.min(all.length - 1, at + step));
      Object.assign(stop, { ariaValueMin: 1, ariaValueMax: all.length, ariaValueNow: at + 1, ariaValueText: all[at]?.dataset.words });
      return all[at];
    };
    go(0);
    stop.addEventListener("focus", () => tell(go(0)));
    stop.addEventListener("blur", hide);
    stop.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      tell(go(steps[event.key]));
      told.scrollIntoView({ block: "nearest" });
    });
    picture.append(stop);
  });
  document.body.append(tip);
  tip.addEventListener("pointerleave", hide);
  addEventListener("pointerdown", hide, true);
  addEventListener("keydown", (event) => { event.key === "Escape" && hide(); });

  const choice = document.getElementById("place-choice");
  if (choice) {
    const places = [...document.querySelectorAll("details.place")];
    const show = (chosen) => {
      choice.value = chosen;
      places.forEach((place) => {
        place.hidden = Boolean(chosen) && place.id !== chosen;
        place.open = place.id === chosen;
      });
      const name = chosen && choice.selectedOptions[0].text; // in a picture its marks stand out
      document.querySelectorAll("svg [data-words]").forEach((mark) => mark.classList.toggle("here", mark.dataset.words.split(/, |: /).includes(name)));
      document.getElementById("place-link").href = `#${chosen || "places"}`;
      document.getElementById("place-said").textContent = chosen ? document.querySelector(`#${chosen} .own`)?.textContent ?? "" : "";
    };
    const asked = () => show(places.some((place) => `#${place.id}` === location.hash) ? location.hash.slice(1) : choice.value);
    choice.hidden = false;
    choice.addEventListener("change", () => { history.replaceState(null, "", `#${choice.value || "places"}`); show(choice.value); });
    addEventListener("hashchange", asked);
    asked();
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));
})();
