/** Named, bounded values; colours whole or not at all, each pair with a contrast of 4.5:1 or more. */
export interface Theme {
  scheme?: "light" | "dark" | "auto";
  background?: string;
  surface?: string;
  text?: string;
  accent?: string;
  accentText?: string;
  /** 0 to 24, CSS pixels. */
  radius?: number;
  /** 4 to 20, CSS pixels. */
  spacing?: number;
  font?: "system" | "sans" | "serif" | "mono" | "rounded";
}

/** Said by the portal's frame. */
export type FrameError =
  | "ticket-refused"
  | "theme-refused"
  | "cookies-blocked"
  | "passkeys-not-allowed"
  | "covered"
  | "page-failed"
  | "unreachable";

/** Said by the element itself. */
export type ElementError =
  | "src-refused"
  | "no-answer"
  | "version-refused"
  | "ticket-unavailable"
  | "theme-refused"
  | "frame-forbidden";

/** What each event's `detail` holds: listed values only, nothing about the person. */
export interface MfaPortalDetails {
  ready: Record<never, never>;
  resized: { height: number };
  changed: {
    factor: "totp" | "sms" | "email" | "passkey" | "device" | "preference";
    act: "added" | "removed" | "changed";
  };
  "proof-needed": { where: "frame" | "window" };
  "window-opened": { reason: "cookies" | "password" | "passkey" | "sign-in" };
  /** Unless `preventDefault()` is called, `fetchTicket` is called next. */
  "session-expired": Record<never, never>;
  closed: Record<never, never>;
  /** After `ticket-refused`, `fetchTicket` is called unless `preventDefault()` is. */
  error: { code: FrameError | ElementError };
}

export type MfaPortalEvent<Name extends keyof MfaPortalDetails> = CustomEvent<MfaPortalDetails[Name]>;

export class MfaPortal extends HTMLElement {
  /** Origin of the portal, such as `https://mfa.example.com`. */
  src: string | null;
  /** The name your application is registered by. */
  client: string | null;
  /** A language tag such as `de-CH`: how dates and times are written. */
  locale: string | null;
  theme: Theme | null;
  /**
   * Gets a ticket from your own server, which gets it from the portal's `/embed/tickets`.
   * `null` where nobody is signed in: the frame then offers a window of the portal.
   */
  fetchTicket: (() => Promise<string | null>) | null;
  /** Takes the keyboard focus to the beginning of the frame's page. */
  focus(): void;
  /** Ends the frame's session; `closed` follows. */
  end(): void;

  addEventListener<Name extends keyof MfaPortalDetails>(
    type: Name,
    listener: (this: MfaPortal, event: MfaPortalEvent<Name>) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "mfa-portal": MfaPortal;
  }
}
