package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CookiesTest {
    @Test
    void the_cookie_is_found_among_others() {
        assertThat(Cookies.read("a=b; qide_session=x-y_z; c=d")).isEqualTo("x-y_z");
        assertThat(Cookies.read("qide_session=a=b")).isEqualTo("a=b");
        assertThat(Cookies.read("t=\"x,y\", qide_session")).isNull();
        assertThat(Cookies.read("xqide_session=1")).isNull();
        assertThat(Cookies.read("")).isNull();
        assertThat(Cookies.read(null)).isNull();
    }

    @Test
    void no_script_and_no_other_site_gets_the_cookie() {
        assertThat(Cookies.set("s", "/", 60, true))
                .isEqualTo("qide_session=s; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
        assertThat(Cookies.set("s", "/", 60, false)).doesNotContain("Secure");
    }
}
