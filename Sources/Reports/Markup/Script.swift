import Crypto
import Foundation

/// The page's policy, which the browser enforces: nothing from outside, and no script but ours.
var contentSecurityPolicy: String {
  let digest = Data(SHA256.hash(data: Array(script.description.utf8))).base64EncodedString()
  return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(digest)'"
}

extension Markup {
  /// How points are read off plots, shown once and spoken with each; hidden until the script runs.
  static let plotKeys: Markup = .tag(
    "p", ["class": "note", "id": "keys", "hidden": ""],
    .text(
      "Point at a mark or tap it to read its value; by keyboard, Tab comes to a plot, the arrow "
        + "keys go along a series and to the next, Home and End to its ends, Escape back to the "
        + "plot."))
}

/// The page's script: what a point of a plot says, by keyboard, pointer and touch alike.
///
/// Without it a plot is a picture whose points have tooltips. A series is a group of the class
/// `points`; what one of its shapes says is the title of that shape.
let script: StaticString = """

  "use strict";
  {
    const reach = 20; // How far from a point a pointer may be, in pixels.
    const room = 6; // Between a point and the ring around it, in pixels.
    const texts = new Map();
    const ring = document.createElement("div");
    ring.className = "ring";
    let chosen = null; // The point that keys, a click or a tap have come to.
    let shown = null; // That one, or what is under the pointer.
    let column = 0; // Where keys last came to along a series; going to another keeps it.

    const box = (shape) => shape.getBoundingClientRect();
    const middle = (shape) => box(shape).left + box(shape).width / 2;
    const least = (shapes, measure) =>
      shapes.reduce((best, next) => (measure(next) < measure(best) ? next : best));

    // The series of a plot from the topmost down, the points of each from left to right.
    function series(plot) {
      const height = (points) =>
        points.reduce((sum, point) => sum + box(point).top, 0) / points.length;
      return [...plot.querySelectorAll(".points")]
        .map((group) => [...group.children].sort((a, b) => middle(a) - middle(b)))
        .sort((a, b) => height(a) - height(b));
    }

    // The point nearest to a pointer; null if none is within reach.
    function near(plot, { clientX: x, clientY: y }) {
      const distance = (shape) => {
        const { left, right, top, bottom } = box(shape);
        return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
      };
      const point = least([...plot.querySelectorAll(".points > *")], distance);
      return distance(point) > reach ? null : point;
    }

    // Where a key leads from the chosen point; undefined for a key that leads nowhere.
    function next(plot, key) {
      const all = series(plot);
      const row = all.findIndex((points) => points.includes(chosen));
      const points = all[Math.max(row, 0)];
      const index = points.indexOf(chosen);
      const across = (row) =>
        least(all[row] ?? [chosen ?? points[0]], (point) => Math.abs(middle(point) - column));
      return {
        Home: () => points[0],
        End: () => points.at(-1),
        ArrowLeft: () => points[Math.max(index - 1, 0)],
        ArrowRight: () => points[Math.min(index + 1, points.length - 1)],
        ArrowUp: () => across(row - 1),
        ArrowDown: () => across(row + 1),
      }[key]?.();
    }

    // Rings a shape and says its text above it, or below it where the window ends; null for none.
    function show(shape, at = shape && box(shape)) {
      if (shape === shown) return;
      if (shown) shown.closest("figure").querySelector(".tip").textContent = "";
      ring.remove();
      shown = shape;
      if (!shape) return;
      const figure = shape.closest("figure");
      const { left, top, width } = box(figure);
      figure.append(ring);
      ring.style.cssText = `left: ${at.left - left - room}px; top: ${at.top - top - room}px;
        width: ${at.width + 2 * room}px; height: ${at.height + 2 * room}px`;
      const tip = figure.querySelector(".tip");
      tip.textContent = texts.get(shape);
      const start = at.left + at.width / 2 - left - tip.offsetWidth / 2;
      const above = at.top - 2 * room - tip.offsetHeight;
      tip.style.left = `${Math.max(0, Math.min(start, width - tip.offsetWidth))}px`;
      tip.style.top = `${(above < 0 ? at.bottom + 2 * room : above) - top}px`;
    }

    function choose(point, keepsColumn) {
      if (!keepsColumn) column = point ? middle(point) : 0;
      show((chosen = point));
    }

    for (const plot of document.querySelectorAll("svg.plot")) {
      if (!plot.querySelector(".points > *")) continue;
      for (const title of plot.querySelectorAll("title")) {
        texts.set(title.parentNode, title.textContent);
        title.remove(); // So that the browser does not show it as well.
      }
      plot.setAttribute("role", "application");
      plot.setAttribute("tabindex", "0");
      plot.setAttribute("aria-describedby", "keys");
      plot.addEventListener("keydown", (event) => {
        const point = event.altKey || event.ctrlKey || event.metaKey ? null : next(plot, event.key);
        if (!point) return;
        event.preventDefault();
        choose(point, chosen && /Up|Down/.test(event.key));
        ring.scrollIntoView({ block: "nearest" });
      });
      plot.addEventListener("click", (event) => {
        plot.focus({ preventScroll: true });
        choose(near(plot, event));
      });
      plot.addEventListener("pointermove", (event) => {
        if (event.pointerType === "touch") return;
        const point = near(plot, event);
        if (point || !texts.has(event.target)) show(point ?? chosen);
        else show(event.target, new DOMRect(event.clientX, event.clientY));
      });
      plot.addEventListener("pointerleave", () => show(chosen));
      plot.addEventListener("blur", () => choose(null));
    }
    addEventListener("resize", () => choose(null));
    addEventListener("keydown", (event) => event.key === "Escape" && choose(null));
    document.getElementById("keys")?.removeAttribute("hidden");
  }

  """
