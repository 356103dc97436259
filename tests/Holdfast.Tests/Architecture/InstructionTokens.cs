using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace Holdfast.Tests.Architecture;

/// <summary>Finds the metadata tokens of types, methods and fields in a method body.</summary>
internal static class InstructionTokens
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    public static List<int> Read(BlobReader reader)
    {
        var tokens = new List<int>();
        while (reader.RemainingBytes > 0)
        {
            int code = reader.ReadByte();
            if (code == 0xFE) code = 0xFE00 | reader.ReadByte();
            var operand = Operands[code];
            if (operand is OperandType.InlineType or OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineSig)
            {
                tokens.Add(reader.ReadInt32());
            }
            else
            {
                Skip(ref reader, operand);
            }
        }

        return tokens;
    }

    private static void Skip(ref BlobReader reader, OperandType operand)
    {
        // Reading the count of a switch moves the reader, so the length must be known before the offset is looked at.
        var length = operand switch
        {
            OperandType.InlineNone => 0,
            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
            OperandType.InlineVar => 2,
            OperandType.InlineI8 or OperandType.InlineR => 8,
            OperandType.InlineSwitch => 4 * reader.ReadInt32(),
            _ => 4,
        };
        reader.Offset += length;
    }
}
