// Sends the password, and shows the page once there is a session.

const WORDS = {
  401: "Wrong password.",
  429: "Too many tries at once. Try again in some seconds.",
  0: "No answer. Does watch still run?",
};

const form = document.getElementById("login");
const note = document.getElementById("note");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  note.textContent = "…";
  const body = JSON.stringify({ password: document.getElementById("password").value });
  let status = 0;
  try {
    ({ status } = await fetch("/login", { method: "POST", body }));
  } catch {
    // No answer: the message is below.
  }
  if (status === 204) {
    location.reload();
  } else {
    note.textContent = WORDS[status] ?? `HTTP ${status}`;
  }
});
