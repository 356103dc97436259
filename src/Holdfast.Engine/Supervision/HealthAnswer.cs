namespace Holdfast.Engine.Supervision;

/// <summary>How an application answered the question whether it works.</summary>
public enum HealthGrade
{
    /// <summary>It works.</summary>
    Good,

    /// <summary>Something answered, or may yet, and it was not good.</summary>
    Bad,

    /// <summary>Nobody is there to answer.</summary>
    Silent,
}

/// <param name="Grade">What it means.</param>
/// <param name="Seen">What was seen, for messages, to be read after "the last answer was": <c>status 503</c>; harmless for terminals.</param>
public sealed record HealthAnswer(HealthGrade Grade, string Seen)
{
    public bool IsGood => Grade == HealthGrade.Good;

    public bool IsSilent => Grade == HealthGrade.Silent;
}
