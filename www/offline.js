// Keeps the program for visits without a network. `fencepost site` writes two
// lines before these: BUILD names the release, FILES are the files of its
// program, whose names change with what they hold.
//
// A release is kept whole or not at all, under its own name, and the page that
// starts it is never kept apart from it: old and new are not mixed.

const ROOT = new URL("./", location.href).href;
const MINE = `fencepost ${ROOT} `;
const KEPT = MINE + BUILD;

// Where a newer release is already on the server, its page does not name this
// build: nothing is kept, and the next visit tries with the newer worker.
const keep = async () => {
  const page = await fetch(ROOT, { cache: "reload" });
  if (!page.ok || !(await page.clone().text()).includes(`"${BUILD}"`)) {
    throw new Error("another release");
  }
  const cache = await caches.open(KEPT);
  await cache.addAll(FILES.map((name) => ROOT + name));
  await cache.put(ROOT, page);
};

const forgetOthers = async () => {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(MINE) && name !== KEPT);
  await Promise.all(others.map((name) => caches.delete(name)));
};

// What does not change is read from the cache.
const kept = async (request) => (await caches.match(request, { cacheName: KEPT })) ?? fetch(request);

// The rest comes from the network, and without one from the last visit.
const fresh = async (request, address) => {
  const isStart = address === ROOT || address === `${ROOT}index.html`;
  try {
    const answer = await fetch(request);
    if (answer.status === 200 && answer.type === "basic" && !isStart) {
      const cache = await caches.open(KEPT);
      await cache.put(address, answer.clone());
    }
    return answer;
  } catch (error) {
    const last = await caches.match(isStart ? ROOT : address, { cacheName: KEPT });
    if (last) return last;
    throw error;
  }
};

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = request.url.replace(/[?#].*$/, "");
  if (request.method !== "GET" || !address.startsWith(ROOT)) return;
  const isProgram = FILES.includes(address.slice(ROOT.length));
  event.respondWith(isProgram ? kept(request) : fresh(request, address));
});
