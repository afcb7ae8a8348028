// That something was sent, told by the page that sent it to the one that one comes back to.
let fresh = false;
export const said = {
  put: () => void (fresh = true),
  take: () => {
    const was = fresh;
    fresh = false;
    return was;
  },
};
