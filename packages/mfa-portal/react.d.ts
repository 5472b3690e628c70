import type { CSSProperties, ForwardRefExoticComponent, RefAttributes } from "react";
import type { MfaPortal as Element, MfaPortalEvent, Theme } from "./mfa-portal.js";

export interface MfaPortalProps {
  src: string;
  client: string;
  fetchTicket: () => Promise<string | null>;
  locale?: string;
  theme?: Theme;
  /** What screen readers call the frame. */
  frameTitle?: string;
  className?: string;
  id?: string;
  style?: CSSProperties;
  onReady?: (event: MfaPortalEvent<"ready">) => void;
  onResized?: (event: MfaPortalEvent<"resized">) => void;
  onChanged?: (event: MfaPortalEvent<"changed">) => void;
  onProofNeeded?: (event: MfaPortalEvent<"proof-needed">) => void;
  onWindowOpened?: (event: MfaPortalEvent<"window-opened">) => void;
  onSessionExpired?: (event: MfaPortalEvent<"session-expired">) => void;
  onClosed?: (event: MfaPortalEvent<"closed">) => void;
  onError?: (event: MfaPortalEvent<"error">) => void;
}

export const MfaPortal: ForwardRefExoticComponent<MfaPortalProps & RefAttributes<Element>>;
