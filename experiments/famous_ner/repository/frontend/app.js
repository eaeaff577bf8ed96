// Sends the text to the service, marks the people in it, and lists how often each is named.

const byId = (id) => document.getElementById(id);

async function findPeople(text) {
  const response = await fetch("/entities", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return answer;
}

// Positions count code points, JavaScript's strings count UTF-16 units: hence Array.from.
export function segments(text, entities) {
  const letters = Array.from(text);
  const parts = [];
  let position = 0;
  for (const { name, start, end } of entities) {
    parts.push({ text: letters.slice(position, start).join("") });
    parts.push({ text: letters.slice(start, end).join(""), name });
    position = end;
  }
  parts.push({ text: letters.slice(position).join("") });
  return parts.filter((part) => part.text !== "");
}

function showMentions(text, entities) {
  byId("marked").replaceChildren(
    ...segments(text, entities).map((part) => {
      if (!part.name) {
        return document.createTextNode(part.text);
      }
      const mark = document.createElement("mark");
      mark.textContent = part.text;
      mark.title = part.name;
      return mark;
    }),
  );
}

function showCounts(counts) {
  const most = Math.max(1, ...counts.map(({ count }) => count));
  byId("counts").replaceChildren(
    ...counts.map(({ name, count }) => {
      const row = document.createElement("tr");
      const person = document.createElement("th");
      person.scope = "row";
      person.textContent = name;
      const number = document.createElement("td");
      number.textContent = count;
      number.style.setProperty("--share", `${(100 * count) / most}%`);
      row.append(person, number);
      return row;
    }),
  );
}

async function submit(event) {
  event.preventDefault();
  const text = byId("text").value;
  byId("message").textContent = "Looking…";
  try {
    const { entities, counts } = await findPeople(text);
    showMentions(text, entities);
    showCounts(counts);
    byId("result").hidden = false;
    byId("message").textContent = `${entities.length} mentions of ${counts.length} people`;
  } catch (error) {
    byId("result").hidden = true;
    byId("message").textContent = `That did not work: ${error.message}`;
  }
}

byId("form").addEventListener("submit", submit);
