// An OpenID Connect provider on a free port of this machine, with the people and the key that the test gives it.
// Environment: PEOPLE {login: claims}, KEY a private JWK, CALLBACK of the client 'langbiang'. Prints its issuer.
import http from "node:http";
import Provider from "oidc-provider";

const people = JSON.parse(process.env.PEOPLE);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: "langbiang", client_secret: "known-to-the-test", redirect_uris: [process.env.CALLBACK] },
      {
        client_id: "machine", client_secret: "known-to-the-test", grant_types: ["client_credentials"],
        redirect_uris: [], response_types: [],
      },
    ],
    jwks: { keys: [JSON.parse(process.env.KEY)] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["preferred_username", "roles", "wards"] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, ...people[id] }) }),
    extraTokenClaims: (_context, token) => people[token.clientId],
    cookies: { keys: ["only-for-this-test"] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: "", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 300,
        }),
      },
    },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
