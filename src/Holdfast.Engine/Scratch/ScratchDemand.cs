namespace Holdfast.Engine.Scratch;

/// <summary>What a scratch directory is for.</summary>
/// <param name="Purpose">Who needs it, the beginning of a sentence.</param>
/// <param name="Bytes">What will be written.</param>
/// <param name="Margin">Bytes that are left free for others.</param>
/// <param name="Hint">What a person can do when no place has room.</param>
internal sealed record ScratchDemand(string Purpose, long Bytes, long Margin, string Hint);
