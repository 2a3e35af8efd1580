"""Who is let in, and who is not."""

import http.client
import re
import socket

import httpx
import pytest
from fake_solver import FakeSolver
from running import running
from samples import png


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A studio with a photo that many tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDTINT_STATE", str(tmp_path_factory.mktemp("state")))
        with running(FakeSolver) as found:
            found.project = found.open(png())
            yield found


def refused(answer, kind):
    assert answer.status_code == 403
    assert answer.json()["error"]["kind"] == kind
    assert answer.json()["error"]["message"]


def test_the_token_is_exchanged_for_a_cookie_once(studio):
    with httpx.Client(base_url=studio.base) as page:
        refused(page.get("/api/session"), "cookie")
        entered = page.get("/", params={"token": studio.token})
        assert entered.status_code == 200
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert re.search("SameSite=strict", cookie, re.IGNORECASE)
        assert 'content="0;url=/"' in entered.text
        assert studio.token not in entered.text
        assert page.get("/api/session").status_code == 200
        # Reloading the address in the same browser is no reason for an error.
        assert page.get("/", params={"token": studio.token}).status_code == 200
    with httpx.Client(base_url=studio.base) as other:
        refused(other.get("/", params={"token": studio.token}), "token")
        refused(other.get("/api/session"), "cookie")


@pytest.mark.parametrize("token", ["", "wrong", "ünicode", "\x00", "a" * 5000])
def test_a_wrong_token_is_refused_and_does_not_use_up_the_right_one(studio, token):
    with httpx.Client(base_url=studio.base) as page:
        refused(page.get("/", params={"token": token or "0"}), "token")
        assert page.head("/", params={"token": studio.token}).status_code == 403
        assert page.get("/", params={"token": studio.token}).status_code == 200


@pytest.mark.parametrize("value", ["", "wrong", '"', "a=b; c", "ü", "x" * 4000])
def test_a_wrong_cookie_is_refused(standing, value):
    name = standing.keys.cookie_name
    for line in (f"{name}={value}", f"{name}2={standing.keys.cookie}", f"{name}{value}"):
        answer = httpx.get(f"{standing.base}/api/session", headers={"Cookie": line.encode()})
        refused(answer, "cookie")


def test_the_cookie_of_another_port_does_not_hide_ours(standing):
    name = standing.keys.cookie_name
    line = f'handtint_1="x"; {{"a": [1, 2]}}; =; b; {name}=tossed; {standing.cookie}; handtint_2=y'
    assert httpx.get(f"{standing.base}/api/session", headers={"Cookie": line}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost", "127.0.0.1:1", "",
     "127.0.0.1:{port}.evil.example", "127.0.0.1:{port}@evil.example", "[::1]:{port}",
     "0.0.0.0:{port}", "127.0.0.2:{port}", "localhost.:{port}"],
)  # fmt: skip
def test_a_foreign_host_is_refused(standing, host):
    name = host.format(port=standing.keys.port)
    refused(standing.http.get("/api/session", headers={"Host": name}), "host")
    refused(
        standing.http.get("/", params={"token": standing.token}, headers={"Host": name}), "host"
    )
    refused(standing.http.get("/static/js/main.js", headers={"Host": name}), "host")
    assert handshake(standing, "/api/projects/x/socket", host=name or " ") == 403


def test_two_hosts_are_refused(standing):
    line = http.client.HTTPConnection("127.0.0.1", standing.keys.port)
    line.putrequest("GET", "/api/session", skip_host=True)
    for host in (f"127.0.0.1:{standing.keys.port}", "evil.example"):
        line.putheader("Host", host)
    line.putheader("Cookie", standing.cookie)
    line.endheaders()
    assert line.getresponse().status in {400, 403}
    line.close()


def test_localhost_is_a_name_of_this_machine(standing):
    for host in (f"localhost:{standing.keys.port}", f"LocalHost:{standing.keys.port}"):
        answer = standing.http.get("/api/session", headers={"Host": host})
        assert answer.status_code == 200


ORIGINS = [
    "http://evil.example", "null", "", "https://127.0.0.1:{port}", "http://127.0.0.1",
    "http://127.0.0.1:1", "http://localhost:{port}", "http://127.0.0.1:{port}.evil.example",
    "file://", "http://127.0.0.1:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_foreign_origin_is_refused(standing, origin):
    name = origin.format(port=standing.keys.port)
    at = f"/api/projects/{standing.project['id']}"
    refused(standing.http.get("/api/session", headers={"Origin": name}), "origin")
    refused(standing.http.post(f"{at}/save", headers={"Origin": name}), "origin")
    refused(standing.http.delete(at, headers={"Origin": name}), "origin")
    assert handshake(standing, f"{at}/socket", origin=name) == 403
    assert standing.http.get(at, headers={"Origin": standing.base}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_says_comes_from_another_site_is_refused(studio, project, site):
    headers = {"Sec-Fetch-Site": site}
    refused(studio.http.get("/api/session", headers=headers), "origin")
    refused(studio.http.get("/static/js/state.js", headers=headers), "origin")
    refused(
        studio.http.get(f"/api/projects/{project['id']}/tiles/0/0/0", headers=headers), "origin"
    )
    # A link on another page may lead to the studio.
    with httpx.Client(base_url=studio.base, headers=headers) as page:
        assert page.get("/", params={"token": studio.token}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("value", [None, "", "0", "11", "1, 1"])
def test_what_changes_something_needs_the_header(standing, method, value):
    headers = {"Cookie": standing.cookie, **({} if value is None else {"X-Handtint": value})}
    for path in ("/api/projects", f"/api/projects/{standing.project['id']}", "/"):
        answer = httpx.request(method, f"{standing.base}{path}", headers=headers)
        refused(answer, "header")
    assert standing.http.get(f"/api/projects/{standing.project['id']}").status_code == 200


def test_no_other_origin_is_ever_allowed_to_read(standing):
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        standing.http.options("/api/projects", headers=headers),
        standing.http.get("/api/session"),
        standing.http.get("/api/session", headers={"Origin": standing.base}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("path", "cookie"),
    [("/api/session", True), ("/api/session", False), ("/static/js/state.js", True),
     ("/static/none.js", True), ("/api/projects/none", True), ("/none", True),
     ("/?token=x", False)],
)  # fmt: skip
def test_every_answer_has_the_security_headers(standing, path, cookie):
    with standing.client(cookie=cookie) as page:
        headers = page.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    wanted = "no-cache" if path.startswith("/static") else "no-store"
    assert headers["cache-control"] == wanted


def test_the_page_says_why_it_is_not_shown(standing):
    answer = httpx.get(standing.base, headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 403
    assert "address" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def handshake(studio, path, *, host=None, origin=None, cookie=None):
    """The status with which the handshake of a WebSocket is answered."""
    headers = {
        "Host": host or f"127.0.0.1:{studio.keys.port}",
        "Origin": studio.base if origin is None else origin,
        "Cookie": studio.cookie if cookie is None else cookie,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(("127.0.0.1", studio.keys.port)) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(line.recv(100).split()[1])


@pytest.mark.parametrize("cookie", ["", "handtint=x", "handtint_{port}=wrong"])
def test_the_websocket_needs_the_cookie(standing, cookie):
    path = f"/api/projects/{standing.project['id']}/socket"
    assert handshake(standing, path, cookie=cookie.format(port=standing.keys.port)) == 403
    assert handshake(standing, path) == 101


@pytest.mark.parametrize(
    "identity", ["none", "..", "%2e%2e", "..%2f..%2fetc", "a" * 5000, "%00", "ü"]
)
def test_forged_ids_lead_nowhere(standing, identity):
    for tail in ("", "/tiles/0/0/0", "/base.png"):
        answer = standing.http.get(f"/api/projects/{identity}{tail}")
        assert answer.status_code == 404
    for tail in ("/save", "/mask", "/export"):
        answer = standing.http.post(f"/api/projects/{identity}{tail}", json={"format": "png"})
        assert answer.status_code in {404, 405}
    if identity.isascii():
        assert handshake(standing, f"/api/projects/{identity}/socket") in {403, 404}


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd",
     "/static/js/../../gate.py", "/static/js", "/static/", "/static/..\\app.py", "/static/%00.js"],
)  # fmt: skip
def test_no_file_but_the_pages_own_is_served(standing, path):
    line = http.client.HTTPConnection("127.0.0.1", standing.keys.port)
    line.request("GET", path, headers={"Cookie": standing.cookie})
    answer = line.getresponse()
    assert answer.status in {404, 400}
    assert b"import" not in answer.read()
    line.close()
