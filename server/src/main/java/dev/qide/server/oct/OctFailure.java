package dev.qide.server.oct;

/// Why a request of Open Collaboration Tools is refused, a closed set. Editors show the sentence.
///
/// The codes are those of open-collaboration-protocol where it has one.
public enum OctFailure {
    REQUEST_MALFORMED(400, "BadRequest", "The request is malformed. Update the editor."),
    LOGIN_UNKNOWN(
            400,
            "AuthTimeout",
            "The login is unknown or took longer than five minutes. Log in again."),
    ROOM_TOKEN_WRONG(403, "RoomTokenWrong", "The room is not open to you any more. Join it again."),
    ROOM_NOT_FOUND(
            404, "RoomNotFound", "There is no such room. Ask its host for a new invitation."),
    JOIN_NOT_FOUND(
            404,
            "JoinRequestNotFound",
            "The request to join is unknown or took longer than five minutes. Join again."),
    TOO_MANY_ROOMS(
            429, "TooManyRooms", "You share too many rooms. Close one of them, then try again."),
    TOO_MANY_JOINS(
            429,
            "TooManyJoinRequests",
            "You are waiting for too many hosts. Wait until one has answered."),
    SERVER_FULL(
            503,
            "ServerFull",
            "The server has too many rooms or logins. Try again in some minutes."),
    ROOM_FULL(409, "RoomFull", "The room is full. Try again when somebody has left."),
    TOO_MANY_SESSIONS(503, "TooManySessions", "You have too many connections. Close some editors."),
    SESSION_UNKNOWN(
            400, "SessionUnknown", "The connection has ended. The editor reconnects by itself.");

    private final int status;
    private final String code;
    private final String sentence;

    OctFailure(int status, String code, String sentence) {
        this.status = status;
        this.code = code;
        this.sentence = sentence;
    }

    /// The HTTP status.
    public int status() {
        return status;
    }

    /// The code that editors compare.
    public String code() {
        return code;
    }

    /// The action that the person should take.
    public String sentence() {
        return sentence;
    }
}
