TORCH: str
TORCH_OPTION: str
INSTRUCTION_SETS: tuple[str, ...]
