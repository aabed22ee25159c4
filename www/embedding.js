// What the page about embedding does: its snippets get this site's address, and
// its buttons talk to one of the elements.

const site = new URL("./", document.baseURI).href;
for (const code of document.querySelectorAll("pre code")) {
  code.textContent = code.textContent.replaceAll('src="./', `src="${site}`);
}

const element = document.getElementById("told");
const last = document.getElementById("last-event");
const SAYS = {
  play: () => element.play(),
  pause: () => element.pause(),
  start: () => element.seek(0),
  set: () => {
    element.scenario = "redlock";
  },
};
for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", SAYS[button.dataset.say]);
}
for (const name of ["ready", "change", "verdict"]) {
  element.addEventListener(`fencepost-${name}`, ({ type, detail }) => {
    const broken = detail.laws?.filter((law) => law.outcome === "broken").map((law) => law.name);
    const words = broken ? broken.join(", ") || "nothing is broken" : (detail.code ?? "");
    last.textContent = `${type}: ${words}`;
  });
}
