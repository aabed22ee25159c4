// Starts the program from a page that holds all of it. `fencepost page` puts
// these lines after the module that wasm-bindgen wrote, whose start function
// they call, and the scenario in the place of its name.

const root = document.documentElement;
try {
  // A fragment in the address is the reader's own.
  if (!location.hash) location.hash = CODE;
  const text = document.getElementById("wasm").textContent;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  await __wbg_init({ module_or_path: bytes });
  root.dataset.boot = "running";
} catch (error) {
  root.dataset.boot = "failed";
  document.getElementById("boot-failure").hidden = false;
  console.error(error);
}
