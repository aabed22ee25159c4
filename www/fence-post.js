// <fence-post scenario="redlock?ttl=5s" controls="ttl,pause">…</fence-post>
//
// A scenario in a page: the element makes a sandboxed frame, gives it the
// height that it needs, and hands on what it tells. What stands between the
// tags is shown until the scenario runs, and where it cannot. docs/embedding.md
// lists attributes, methods and events.
//
// It works as a classic script and as a module, and defines the element once,
// however often it is loaded.

(() => {
  // A module has no current script; its element is still the one that names it.
  const own = document.currentScript ?? document.querySelector('script[src*="fence-post.js"]');
  const site = new URL("./", own?.src ?? document.baseURI);

  /** The address of the site's page takes these as they are. */
  const SHOWN = ["theme", "controls", "panels", "editable", "play", "at", "predict", "orient", "lang"];
  /** What the frame may tell, besides its height. */
  const TOLD = ["ready", "change", "verdict", "answer"];
  /** Pixels: before the frame says how high it is, and what it may say. */
  const HEIGHT = 480;
  const [LOWEST, HIGHEST] = [120, 6000];

  const LOOK = `
    :host { display: grid; grid-template-columns: minmax(0, 1fr); }
    :host([hidden]), [hidden] { display: none; }
    div, iframe { grid-area: 1 / 1; }
    iframe { display: block; width: 100%; border: 0; }
    iframe.waiting { opacity: 0; pointer-events: none; }
  `;

  class FencePost extends HTMLElement {
    static observedAttributes = ["scenario", "title", "height", ...SHOWN];

    #root = this.attachShadow({ mode: "open" });
    #fallback = document.createElement("div");
    #frame = null;
    #runs = false;
    /** What the frame shows, as far as we know. */
    #shown = null;

    constructor() {
      super();
      const look = new CSSStyleSheet();
      look.replaceSync(LOOK);
      this.#root.adoptedStyleSheets = [look];
      this.#fallback.append(document.createElement("slot"));
      this.#root.append(this.#fallback);
    }

    connectedCallback() {
      addEventListener("message", this.#hear);
      this.#build();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      this.#drop();
    }

    attributeChangedCallback(name, before, after) {
      if (!this.#frame || before === after) return;
      if (name === "title") this.#frame.title = this.#title;
      else if (name === "height") this.#fit(this.#frame.clientHeight);
      else if (name === "scenario" && this.#runs) {
        if (after !== this.#shown) this.#say("set", { code: after ?? "" });
      } else this.#build();
    }

    /** The scenario's code; it follows when the reader changes it. */
    get scenario() {
      return this.#shown ?? this.getAttribute("scenario") ?? "";
    }

    set scenario(code) {
      this.setAttribute("scenario", code);
    }

    /** Starts the playback. */
    play() {
      this.#say("play");
    }

    /** Stops the playback. */
    pause() {
      this.#say("pause");
    }

    /** Puts the playhead at a simulated time, in seconds. */
    seek(t) {
      this.#say("seek", { t });
    }

    /** Asks for the code, the verdict and, where the reader predicts, the
        answer; each comes as an event. */
    ask() {
      this.#say("get");
    }

    get #title() {
      return this.title || "Fencepost, a simulated scenario";
    }

    get #address() {
      const address = new URL(site);
      address.searchParams.set("embed", "1");
      for (const name of SHOWN) {
        const value = this.getAttribute(name);
        if (value !== null) address.searchParams.set(name, value);
      }
      // A fragment, whatever it says: it is never an address to fetch.
      address.hash = this.getAttribute("scenario") ?? "";
      return address.href;
    }

    /** A new frame, rather than a new address for the old one: that would be a
        step in the history of the page. */
    #build() {
      this.#drop();
      const frame = document.createElement("iframe");
      // Popups are for the link to the whole page.
      frame.sandbox = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
      frame.loading = "lazy";
      frame.title = this.#title;
      frame.className = "waiting";
      frame.height = HEIGHT;
      frame.src = this.#address;
      this.#frame = frame;
      this.#root.append(frame);
    }

    #drop() {
      this.#frame?.remove();
      this.#frame = null;
      this.#runs = false;
      this.#shown = null;
      this.#fallback.hidden = false;
    }

    #say(type, fields = {}) {
      // The frame's origin is opaque, so that none can be named here.
      this.#frame?.contentWindow?.postMessage({ fencepost: 1, type, ...fields }, "*");
    }

    #hear = (event) => {
      const told = event.data;
      if (!this.#frame || event.source !== this.#frame.contentWindow) return;
      if (told?.fencepost !== 1) return;
      if (told.type === "height") this.#fit(told.height);
      if (!TOLD.includes(told.type)) return;
      if (told.type === "ready") this.#start();
      if (told.type === "change") this.#shown = String(told.code);
      const { fencepost, type, ...detail } = told;
      this.dispatchEvent(new CustomEvent(`fencepost-${type}`, { detail, bubbles: true }));
    };

    #start() {
      this.#runs = true;
      this.#frame.classList.remove("waiting");
      this.#fallback.hidden = true;
    }

    /** A height of the author's own stays. */
    #fit(wanted) {
      const fixed = Number.parseInt(this.getAttribute("height"), 10);
      const height = Number.isFinite(fixed) ? fixed : wanted;
      if (!Number.isFinite(height)) return;
      this.#frame.height = Math.min(Math.max(Math.ceil(height), LOWEST), HIGHEST);
    }
  }

  if (!customElements.get("fence-post")) customElements.define("fence-post", FencePost);
})();
