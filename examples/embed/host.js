// The page's side: a ticket when the element asks for one, and a list of what it says.

const element = document.querySelector("mfa-portal");
const told = document.querySelector("#told");

element.fetchTicket = async () => {
  const reply = await fetch("/ticket", { method: "POST" });
  if (!reply.ok) throw new Error(await reply.text());
  return (await reply.json()).ticket;
};

for (const name of ["ready", "changed", "proof-needed", "window-opened", "session-expired", "closed", "error"]) {
  element.addEventListener(name, ({ detail }) => {
    const line = document.createElement("li");
    line.textContent = [name, ...Object.values(detail)].join(" ");
    told.append(line);
  });
}
