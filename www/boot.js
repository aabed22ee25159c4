// Starts the program. It is a file of its own because the content security
// policy allows no inline script. `data-boot` on the root element tells styles
// and tests how far it got: absent, then "running" or "failed".

const root = document.documentElement;
const program = document.querySelector('meta[name="program"]');
// What a release says of itself; absent while the page is worked on.
const site = document.querySelector('meta[name="site"]');
const address = (path) => new URL(path, document.baseURI).href;

// The page without a script that comes closest to what was asked for.
const pointToPage = () => {
  const lesson = location.hash.slice(1).split("?")[0];
  if (site?.dataset.lessons.split(" ").includes(lesson)) {
    document.getElementById("boot-page").href = `lesson/${lesson}.html`;
  }
};

// A page in a frame keeps nothing. Where workers are denied, or cannot be
// fetched, the page is as good without.
const keepForLater = async () => {
  try {
    if (!site || self !== top) return;
    const options = { updateViaCache: "none" };
    await navigator.serviceWorker.register(address(site.dataset.offline), options);
  } catch {}
};

try {
  const { default: start } = await import(address(program.content));
  await start({ module_or_path: address(program.dataset.wasm) });
  root.dataset.boot = "running";
  keepForLater();
} catch (error) {
  root.dataset.boot = "failed";
  pointToPage();
  document.getElementById("boot-failure").hidden = false;
  console.error(error);
}
