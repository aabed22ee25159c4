// Starts the program. It is a file of its own because the content security
// policy allows no inline script. `data-boot` on the root element tells styles
// and tests how far it got: absent, then "running" or "failed".

const root = document.documentElement;
const program = document.querySelector('meta[name="program"]');
const address = (path) => new URL(path, document.baseURI).href;

try {
  const { default: start } = await import(address(program.content));
  await start({ module_or_path: address(program.dataset.wasm) });
  root.dataset.boot = "running";
} catch (error) {
  root.dataset.boot = "failed";
  document.getElementById("boot-failure").hidden = false;
  console.error(error);
}
