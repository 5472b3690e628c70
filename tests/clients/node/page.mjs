// A page of another origin: sign-in by SRP, set-up of an app and the preference, in a browser.

import { Amplify } from "aws-amplify";
import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  rememberDevice,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";

/** What a failed call is told by. */
function named(call) {
  return call.then(
    () => "no failure",
    (error) => `${error.name}: ${error.message}`,
  );
}

window.auth = {
  configure: (Cognito) => Amplify.configure({ Auth: { Cognito } }),
  signIn: (username, password) => signIn({ username, password }),
  failedSignIn: (username, password) => named(signIn({ username, password })),
  answer: (challengeResponse) => confirmSignIn({ challengeResponse }),
  secret: async () => (await setUpTOTP()).sharedSecret,
  verify: (code) => verifyTOTPSetup({ code }),
  failedVerify: (code) => named(verifyTOTPSetup({ code })),
  prefer: (settings) => updateMFAPreference(settings),
  preference: () => fetchMFAPreference(),
  claims: async () => (await fetchAuthSession()).tokens.accessToken.payload,
  remember: () => rememberDevice(),
  devices: async () => (await fetchDevices()).length,
  signOut: () => signOut(),
};
document.title = "ready";
