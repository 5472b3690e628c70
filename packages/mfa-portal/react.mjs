// <mfa-portal> as a React component: its events as onReady, onChanged and so on.

import { createElement, forwardRef, useEffect, useImperativeHandle, useRef } from "react";
import "./dist/mfa-portal.mjs";

const EVENT_OF = {
  onReady: "ready",
  onResized: "resized",
  onChanged: "changed",
  onProofNeeded: "proof-needed",
  onWindowOpened: "window-opened",
  onSessionExpired: "session-expired",
  onClosed: "closed",
  onError: "error",
};

export const MfaPortal = forwardRef(function MfaPortal(props, ref) {
  const element = useRef(null);
  // What the host gives may be new at each render: the element holds one function for good.
  const latest = useRef(props);
  useEffect(() => { latest.current = props; });
  useImperativeHandle(ref, () => element.current, []);

  useEffect(() => {
    const listening = new AbortController();
    for (const [name, event] of Object.entries(EVENT_OF)) {
      element.current.addEventListener(event, (given) => latest.current[name]?.(given), listening);
    }
    element.current.fetchTicket = () => latest.current.fetchTicket();
    return () => listening.abort();
  }, []);

  const theme = props.theme ? JSON.stringify(props.theme) : undefined;
  const { src, client, locale, frameTitle, className, id, style } = props;
  const attributes = { src, client, locale, theme, "frame-title": frameTitle, class: className, id, style };
  return createElement("mfa-portal", { ref: element, ...attributes });
});
