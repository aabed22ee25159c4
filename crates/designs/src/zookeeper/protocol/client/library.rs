//! The library: connection, session, signs of life. After `ClientCnxn.java`,
//! `SendThread`, and `client/StaticHostProvider.java`.

use sim::{Node, Purpose, Span};

use super::super::{Ask, Fx, Msg, PATIENCE, Task};
use super::{Client, Net, Phase, Policy};
use crate::vocabulary::{BeliefEnd, Event, Incarnation, Left, SessionState};

impl Client {
    pub(super) fn server_node(&self) -> Node {
        self.habits.servers[self.server]
    }

    pub(super) fn is_at(&self, server: Node, conn: u16) -> bool {
        matches!(self.net, Net::Opening | Net::Open)
            && conn == self.conn
            && server == self.server_node()
    }

    /// A new handle: a new session, and the first server of the list at once.
    pub(super) fn begin(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Attaching;
        self.sessions = self.sessions.wrapping_add(1);
        self.session = Incarnation::new(fx.node().0, self.sessions);
        self.is_new = true;
        self.timeout = self.habits.timeout;
        self.server = 0;
        self.last_server = 0;
        self.heard_us = fx.mono().us();
        self.open(fx);
    }

    fn open(&mut self, fx: &mut Fx<'_>) {
        self.net = Net::Opening;
        self.conn = self.conn.wrapping_add(1);
        let message = Msg::Connect {
            conn: self.conn,
            session: self.session,
            is_new: self.is_new,
            timeout: self.habits.timeout,
        };
        fx.connect(self.server_node(), message);
        // `connectTimeout` is the session's over the number of servers.
        let servers = self.habits.servers.len().max(1) as u64;
        let patience = Span::from_us(self.timeout.us() / servers).max(Span::from_ms(1));
        fx.poll(patience, Task::Silence);
    }

    /// It wakes up from its sleep. The test for its own expiry comes after it
    /// has begun to connect, as in the library's loop.
    pub(super) fn reconnect(&mut self, fx: &mut Fx<'_>) {
        self.open(fx);
        if self.has_expired_itself(fx) {
            self.expire(fx);
        }
    }

    fn has_expired_itself(&self, fx: &Fx<'_>) -> bool {
        let silent_us = fx.mono().us() - self.heard_us;
        self.habits.expires_itself && silent_us >= self.timeout.signed_us() * 4 / 3
    }

    /// Nothing came for two thirds of the timeout, or the attempt to connect
    /// takes too long.
    pub(super) fn time_out(&mut self, fx: &mut Fx<'_>) {
        if !matches!(self.net, Net::Opening | Net::Open) {
            return;
        }
        if self.has_expired_itself(fx) {
            self.expire(fx);
        } else {
            self.lose(fx);
        }
    }

    /// The connection is gone: tell the application, sleep, try the next
    /// server. A second more each time the list has been gone through.
    pub(super) fn lose(&mut self, fx: &mut Fx<'_>) {
        let was_open = self.net == Net::Open;
        self.net = Net::Asleep;
        self.leave(fx);
        if was_open {
            self.tell(SessionState::Disconnected, fx);
            self.keep_vigil(fx);
            self.disconnected(fx);
        }
        self.server = (self.server + 1) % self.habits.servers.len().max(1);
        let mut sleep = match self.habits.sleep {
            Some(sleep) => sleep,
            None => fx
                .random(Purpose::Retry)
                .span(Span::ZERO, Span::from_ms(999)),
        };
        if self.server == self.last_server {
            sleep = sleep + Span::from_s(1);
        }
        fx.poll(sleep, Task::Connect);
    }

    fn leave(&self, fx: &mut Fx<'_>) {
        fx.close(self.server_node());
        fx.clear(Task::Ping);
        fx.clear(Task::Silence);
    }

    fn tell(&self, state: SessionState, fx: &mut Fx<'_>) {
        fx.note(Event::SessionIs {
            session: self.session,
            state,
            server: u32::from(self.server_node().0),
            timeout_us: self.timeout.us(),
        });
    }

    pub(super) fn connected(&mut self, timeout: Span, fx: &mut Fx<'_>) {
        if self.net != Net::Opening {
            return;
        }
        if timeout == Span::ZERO {
            self.expire(fx);
            return;
        }
        self.net = Net::Open;
        self.timeout = timeout;
        self.is_new = false;
        self.last_server = self.server;
        self.tell(SessionState::SyncConnected, fx);
        self.end_vigil(fx);
        self.set_ping(fx);
        self.hear(fx);
        self.reconnected(fx);
    }

    /// The session is over: the server said so, or the library thinks so.
    fn expire(&mut self, fx: &mut Fx<'_>) {
        self.leave(fx);
        self.net = Net::Off;
        self.tell(SessionState::Expired, fx);
        if self.believes && self.habits.policy == Policy::Oblivious {
            self.end_vigil(fx);
            return;
        }
        if self.believes {
            self.stop_believing(BeliefEnd::Notified, fx);
        }
        if self.phase == Phase::Finished {
            self.end_vigil(fx);
        } else {
            self.begin(fx);
        }
    }

    fn keep_vigil(&mut self, fx: &mut Fx<'_>) {
        if self.vigils == 0 {
            return;
        }
        self.vigils -= 1;
        self.keeps_vigil = true;
        fx.work(PATIENCE + self.timeout * 2, Task::Vigil);
    }

    /// What the run waited for has come about now.
    fn end_vigil(&mut self, fx: &mut Fx<'_>) {
        if core::mem::take(&mut self.keeps_vigil) {
            fx.work(Span::ZERO, Task::Vigil);
        }
    }

    /// A server gave a sign of life.
    pub(super) fn hear(&mut self, fx: &mut Fx<'_>) {
        self.heard_us = fx.mono().us();
        let patience = self.read_timeout();
        fx.poll(patience, Task::Silence);
        if self.believes {
            fx.note(Event::LockExtend {
                holder: self.holder,
                extended: true,
                valid_us: Left(patience.signed_us()),
            });
        }
    }

    pub(super) fn read_timeout(&self) -> Span {
        Span::from_us(self.timeout.us() * 2 / 3)
    }

    pub(super) fn ask(&mut self, ask: Ask, fx: &mut Fx<'_>) {
        if self.net != Net::Open {
            return;
        }
        let conn = self.conn;
        fx.send(self.server_node(), Msg::Ask { conn, ask });
        self.set_ping(fx);
    }

    /// The library pings when it has sent nothing for half its read timeout.
    fn set_ping(&self, fx: &mut Fx<'_>) {
        let pace = (self.read_timeout().us() / 2).max(1);
        let ahead_us = self.habits.pings_at - fx.mono().us();
        let wait = match u64::try_from(ahead_us) {
            Ok(ahead) if ahead > 0 => match ahead % pace {
                0 => pace,
                rest => rest,
            },
            _ => pace,
        };
        fx.poll(Span::from_us(wait), Task::Ping);
    }
}
