/// What pages do: tables that sort, and pictures in a window of the reader's choice.
enum PageScript {
    /// A click on a heading sorts by it, a second one the other way round. Blocks become one.
    static let sorting = """
        for (const table of document.querySelectorAll("table")) {
          const headings = [...table.querySelectorAll("thead th")];
          headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => {
            const up = heading.getAttribute("aria-sort") !== "ascending";
            headings.forEach(other => other.removeAttribute("aria-sort"));
            heading.setAttribute("aria-sort", up ? "ascending" : "descending");
            const value = row => {
              const cell = row.cells[column], number = cell.dataset.value;
              return number !== undefined ? Number(number) : cell.textContent.trim();
            };
            const isMissing = row => value(row) === "-";
            const compare = (a, b) => {
              if (isMissing(a) !== isMissing(b)) return isMissing(a) ? 1 : -1;
              const [x, y] = [value(a), value(b)];
              const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
              return up ? order : -order;
            };
            const rows = [...table.tBodies].flatMap(body => [...body.rows]).sort(compare);
            while (table.tBodies.length > 1) table.tBodies[1].remove();
            table.tBodies[0].append(...rows);
          }));
        }

        """

    /// Pictures of 16-bit pixels, HU, drawn in a window; two of them behind one slider, and all side by side.
    static let viewing = """
        for (const viewer of document.querySelectorAll(".viewer")) {
          const data = JSON.parse(viewer.querySelector("script").textContent);
          const find = name => viewer.querySelector("[data-part=" + name + "]");
          const [first, second, slider, level, width, split, item] =
            ["first", "second", "slider", "level", "width", "split", "item"].map(find);
          const pixels = text => new Int16Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
          const sets = data.sets.map(set => ({...set, pixels: set.images.map(image => pixels(image.data))}));
          const draw = (canvas, set, paint) => {
            canvas.width = set.width; canvas.height = set.height;
            const context = canvas.getContext("2d"), picture = context.createImageData(set.width, set.height);
            const low = Number(level.value) - Number(width.value) / 2, scale = 255 / Number(width.value);
            for (let i = 0; i < set.width * set.height; i++) {
              const grey = (paint(i) - low) * scale;
              picture.data.set([grey, grey, grey, 255], 4 * i);
            }
            context.putImageData(picture, 0, 0);
          };
          const show = () => {
            const set = sets[item ? Number(item.value) : 0];
            const border = Number(slider.value) / 100 * set.width;
            const [left, right] = [set.pixels[first.value], set.pixels[second.value]];
            draw(split, set, i => (i % set.width < border ? left : right)[i]);
            find("line").style.left = slider.value + "%";
            viewer.querySelectorAll("[data-image]").forEach(canvas => {
              const own = set.pixels[Number(canvas.dataset.image)];
              draw(canvas, set, i => own[i]);
              canvas.nextElementSibling.textContent = set.images[Number(canvas.dataset.image)].label;
            });
            find("numbers").textContent = "window " + level.value + " / " + width.value + " HU";
            find("place").textContent = set.place;
          };
          for (const control of [first, second, slider, level, width, item]) control?.addEventListener("input", show);
          for (const preset of viewer.querySelectorAll("button.preset")) preset.addEventListener("click", () => {
            [level.value, width.value] = preset.dataset.window.split(" "); show();
          });
          show();
        }

        """
}
