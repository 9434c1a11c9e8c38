package dev.qide.server.oct;

/// A request of Open Collaboration Tools is refused.
public final class OctException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final OctProblem problem;

    public OctException(OctProblem problem) {
        super(problem.code());
        this.problem = problem;
    }

    public OctProblem problem() {
        return problem;
    }
}
