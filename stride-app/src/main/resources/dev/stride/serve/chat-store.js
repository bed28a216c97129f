// Conversations in this browser: one record each in IndexedDB. Nothing is ever taken off the screen because it could not be kept.
let database = null;

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Opens the store and gives what is in it, newest first; null where the browser keeps nothing.
export async function openStore() {
  try {
    const opening = indexedDB.open("stride-chat", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("conversations", { keyPath: "id" });
    database = await asked(opening);
    const all = await asked(database.transaction("conversations").objectStore("conversations").getAll());
    return all.sort((a, b) => b.changed - a.changed);
  } catch {
    database = null;
    return null;
  }
}

export async function readOne(id) {
  return database ? asked(database.transaction("conversations").objectStore("conversations").get(id)) : undefined;
}

// Whether it is kept; false where there is no space for it.
export async function keep(conversation) {
  if (!database) {
    return false;
  }
  try {
    const transaction = database.transaction("conversations", "readwrite");
    const whole = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    transaction.objectStore("conversations").put(conversation);
    await whole;
    tell(conversation.id);
    return true;
  } catch {
    return false;
  }
}

export async function forget(id) {
  if (database) {
    await asked(database.transaction("conversations", "readwrite").objectStore("conversations").delete(id));
    tell(id);
  }
}

export function keepsAnything() {
  return database !== null;
}

// Other tabs of this page hear of a change, so that none writes an old state over a newer one.
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("stride-chat") : null;

function tell(id) {
  channel?.postMessage(id);
}

export function onOtherTab(listener) {
  channel?.addEventListener("message", event => listener(event.data));
}
